// SPDX-License-Identifier: Apache-2.0
// One import, whoever asks for it: the owner's file, or a table that code in a cell saves.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/api/studio.hpp"
#include "cloister/vault/data_worker.hpp"

namespace cloister::api {

struct ImportRequest {
  policy::Subject subject;
  policy::Action action;
  std::string name;
  bool append = false;
  std::string purpose;
  std::string description;
  std::vector<std::string> lineage;
  vault::ImportSource source;
};

base::Result<vault::DatasetVersion> import_file(Studio& studio, ImportRequest request,
                                                const Listener& listener);

}  // namespace cloister::api
