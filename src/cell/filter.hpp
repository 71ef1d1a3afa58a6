// SPDX-License-Identifier: Apache-2.0
// The seccomp filter of a cell: an allow list; everything else goes to the recorder, which refuses.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/cell/cell.hpp"

#include <cstdint>

namespace cloister::cell {

// Flags of clone that make namespaces; no process of a cell may (clone's lowest byte is a signal,
// so CLONE_NEWTIME does not exist here).
inline constexpr std::uint64_t clone_namespace_flags = 0x7e020000;

// The program as the kernel takes it (sock_filter[]).
// SECURITY: the default is to notify, and the recorder answers ENOSYS or EPERM; when nobody answers
// any more the kernel says ENOSYS (test: Filter.*).
base::Result<base::Bytes> build_filter(Profile profile);

}  // namespace cloister::cell
