// SPDX-License-Identifier: Apache-2.0
// What the supervisor tells cloister-seal to do, and how the two talk. Shared by both; the seal has
// no C++ runtime, so plain types only.
#pragma once

#include <cstdint>

namespace cloister::cell::seal {

// Descriptors that bubblewrap and the seal find under fixed numbers, above all of the payload's
// (io::Process passes 0 to 200).
inline constexpr int control_descriptor = 300;  // SOCK_SEQPACKET to the supervisor
inline constexpr int status_descriptor = 301;   // pipe: how the payload ended
inline constexpr int plan_descriptor = 302;     // memory file with the records below
inline constexpr int seal_descriptor = 303;     // the program itself: no path of a cell leads to it
inline constexpr int first_free_descriptor = 304;
inline constexpr const char* seal_path = "/proc/self/fd/303";

// A plan is a sequence of records in the machine's own byte order: kind, length, bytes. It never
// leaves the machine and never comes from foreign code.
enum class Record : std::uint32_t {
  argument = 1,      // text, repeated
  variable,          // text "NAME=value", repeated
  folder,            // text: the working folder
  descriptor,        // Moved, repeated: from a number here to the payload's number
  limit,             // ResourceLimit, repeated
  landlock_ruleset,  // LandlockRuleset; absent: no Landlock
  landlock_rule,     // std::uint64_t access, then a path, repeated
  filter,            // sock_filter[]; absent: no seccomp
  end,
};

struct Header {
  Record record;
  std::uint32_t size;
};

struct Moved {
  std::int32_t from;
  std::int32_t to;
};

struct ResourceLimit {
  std::int32_t resource;
  std::int32_t reserved;
  std::uint64_t soft;
  std::uint64_t hard;
};

// How many bytes of its attribute the kernel's Landlock knows, and the attribute itself.
struct LandlockRuleset {
  std::uint64_t size;
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

// Messages of the seal on the control socket, one packet each.
enum class Step : std::uint32_t {
  ready = 1,  // process 1 of the cell runs; the supervisor answers with one byte when the plan is
              // complete
  listener,   // value: number of the seccomp listener in the sender; one byte answers
  failed,     // value: errno; where: what could not be done
};

struct Message {
  Step step;
  std::int32_t value;
  char where[56];
};

// On the status pipe, once, when the payload has ended: its wait status.
struct Ended {
  std::int32_t status;
};

inline constexpr unsigned arguments_max = 1024;
inline constexpr unsigned variables_max = 1024;
inline constexpr unsigned descriptors_max = 64;

}  // namespace cloister::cell::seal
