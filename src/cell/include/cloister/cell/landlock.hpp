// SPDX-License-Identifier: Apache-2.0
// Landlock up to ABI 7 (Linux 6.15). Debian 12's kernel headers stop at ABI 2, so the numbers are
// here; they are part of the kernel's stable interface (Documentation/userspace-api/landlock.rst).
#pragma once

#include <cstdint>

namespace cloister::cell::landlock {

inline constexpr long create_ruleset_call = 444;
inline constexpr long add_rule_call = 445;
inline constexpr long restrict_self_call = 446;
inline constexpr std::uint32_t create_ruleset_version = 1u << 0;
inline constexpr int rule_path_beneath = 1;

inline constexpr std::uint64_t execute = 1ull << 0;
inline constexpr std::uint64_t write_file = 1ull << 1;
inline constexpr std::uint64_t read_file = 1ull << 2;
inline constexpr std::uint64_t read_dir = 1ull << 3;
inline constexpr std::uint64_t remove_dir = 1ull << 4;
inline constexpr std::uint64_t remove_file = 1ull << 5;
inline constexpr std::uint64_t make_char = 1ull << 6;
inline constexpr std::uint64_t make_dir = 1ull << 7;
inline constexpr std::uint64_t make_reg = 1ull << 8;
inline constexpr std::uint64_t make_sock = 1ull << 9;
inline constexpr std::uint64_t make_fifo = 1ull << 10;
inline constexpr std::uint64_t make_block = 1ull << 11;
inline constexpr std::uint64_t make_sym = 1ull << 12;
inline constexpr std::uint64_t refer = 1ull << 13;      // ABI 2
inline constexpr std::uint64_t truncate = 1ull << 14;   // ABI 3
inline constexpr std::uint64_t ioctl_dev = 1ull << 15;  // ABI 5

inline constexpr std::uint64_t bind_tcp = 1ull << 0;  // ABI 4
inline constexpr std::uint64_t connect_tcp = 1ull << 1;

inline constexpr std::uint64_t scope_abstract_unix_socket = 1ull << 0;  // ABI 6
inline constexpr std::uint64_t scope_signal = 1ull << 1;

// All rights that a kernel with this ABI handles.
constexpr std::uint64_t handled_access_fs(int abi) {
  std::uint64_t all = (1ull << 13) - 1;
  if (abi >= 2) all |= refer;
  if (abi >= 3) all |= truncate;
  if (abi >= 5) all |= ioctl_dev;
  return all;
}
// What a rule for a file (not a folder) may name.
inline constexpr std::uint64_t file_rights =
    execute | write_file | read_file | truncate | ioctl_dev;
inline constexpr std::uint64_t read_rights = execute | read_file | read_dir;
// A writable folder: everything but device nodes and device commands.
inline constexpr std::uint64_t write_rights = read_rights | write_file | remove_dir | remove_file |
                                              make_dir | make_reg | make_sock | make_fifo |
                                              make_sym | refer | truncate;

struct PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent;
} __attribute__((packed));

}  // namespace cloister::cell::landlock
