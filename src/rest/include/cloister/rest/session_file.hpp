// SPDX-License-Identifier: Apache-2.0
// A session in its kernel's run folder: a restarted server finds the document of each kernel again.
#pragma once

#include "cloister/io/disk.hpp"
#include "cloister/kernels/sessions.hpp"

#include <optional>

namespace cloister::rest {

base::Outcome write_session(io::Disk& disk, const io::Path& kernel_folder,
                            const kernels::Session& session);
// Nothing when there is none, or a broken one.
std::optional<kernels::Session> read_session(io::Disk& disk, const io::Path& kernel_folder);

}  // namespace cloister::rest
