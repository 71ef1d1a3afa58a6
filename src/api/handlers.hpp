// SPDX-License-Identifier: Apache-2.0
// The commands' functions, one file per resource. Private to this module: the table in commands.cpp
// names them.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/api/studio.hpp"

namespace cloister::api {

// status.cpp, keys.cpp
base::Result<Reply> status(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> unlock(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> lock(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> change_passphrase(Studio& studio, Call& call, const Listener& listener);
// run.cpp, watch.cpp, posture.cpp
base::Result<Reply> run(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> watch(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> posture(Studio& studio, Call& call, const Listener& listener);
// kernel_grants.cpp
base::Result<Reply> kernels_list(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> kernels_grant(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> kernels_revoke(Studio& studio, Call& call, const Listener& listener);
// data_import.cpp, data_query.cpp, data_catalogue.cpp, data_verify.cpp
base::Result<Reply> data_import(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_query(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_list(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_show(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_versions(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_remove(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_shred(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_rename(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> data_verify(Studio& studio, Call& call, const Listener& listener);
// ledger.cpp
base::Result<Reply> ledger_show(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> ledger_verify(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> ledger_checkpoint(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> ledger_prove(Studio& studio, Call& call, const Listener& listener);
base::Result<Reply> ledger_export(Studio& studio, Call& call, const Listener& listener);

}  // namespace cloister::api
