// SPDX-License-Identifier: Apache-2.0
// Every system call of the machine stands on exactly one list (test:
// SystemCalls.EveryNumberIsOnExactlyOneList).
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/cell.hpp"

#include <span>
#include <string_view>

namespace cloister::cell {

// Allowed without looking at arguments: what CPython with its numerical packages, ipykernel,
// DuckDB, bash and coreutils need. `allowed_in_kernels` comes on top in Profile::kernel.
std::span<const std::string_view> always_allowed();
std::span<const std::string_view> allowed_in_kernels();
// Allowed for some arguments (filter.cpp); the rest is refused.
std::span<const std::string_view> examined();
// Forbidden: refused with EPERM and recorded. Nothing that runs in a cell has an honest use for
// them.
std::span<const std::string_view> forbidden();
// Answered with ENOSYS as if the kernel were older, not recorded: programs try them and fall back.
std::span<const std::string_view> pretended_unknown();

// The number of a system call on this machine. Debian's libseccomp 2.5.4 ends at 452: later names
// come from our own table. An unknown name is an error, never skipped.
base::Result<int> number_of(std::string_view name);
// "openat", or "system call 999" for a number without a name.
std::string name_of(int number);

}  // namespace cloister::cell
