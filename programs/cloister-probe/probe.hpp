// SPDX-License-Identifier: Apache-2.0
// A probe is one attempt to get out of a cell, or to carry something out of it. `cloister selftest`
// runs each twice in the same fake outside world: once directly (the control, which must work) and
// once in a cell.
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cloister::probe {

enum class Outcome {
  open,     // it got out, as proved by an answer, a content or an effect
  within,   // an opening that is meant to be there, and it led no further than meant
  blocked,  // refused; Verdict::error says how
};

struct Verdict {
  Outcome outcome = Outcome::blocked;
  int error = 0;  // errno of the refusal
  std::string detail;
};

Verdict open(std::string detail);
Verdict within(std::string detail);
Verdict blocked(std::string detail, int error);
Verdict blocked(std::string detail);  // with the current errno

// Where things are: made by the selftest for each run. A name that is missing is a bug of the
// selftest and ends the program.
class Fixtures {
 public:
  explicit Fixtures(boost::json::object values) : values_(std::move(values)) {}
  std::string text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;

 private:
  boost::json::object values_;
};

// What a probe needs of the selftest.
enum Trait : unsigned {
  none = 0,
  privileged = 1u << 0,  // the control runs with the capabilities of the outside world's owner
  root_only = 1u << 1,   // … which suffice only when the selftest itself was started as root
  optional = 1u << 2,    // the kernel or the machine may lack the feature
  killable = 1u << 3,    // the cell may answer by killing the process
  workspace = 1u << 4,   // a folder of the outside is mounted writable
  terminal = 1u << 5,    // descriptor 0 is a terminal of the outside
  limited = 1u << 6,     // the cell gets the small limits that the fixtures name
  outlives = 1u << 7,    // a process of the probe stays behind
  inherits = 1u << 8,    // descriptors of the outside are open in the process that starts the cell
  neighbour = 1u << 9,   // shares its process group with the process that the outside watches
};

struct Probe {
  std::string_view id;
  std::string_view title;
  Verdict (*attempt)(const Fixtures&);
  unsigned traits = none;
};

struct Family {
  std::string_view name;
  std::span<const Probe> probes;
};

// One per file.
Family network_family();
Family name_family();
Family local_network_family();
Family socket_kind_family();
Family evasion_family();
Family local_socket_family();
Family shared_object_family();
Family signal_family();
Family file_family();
Family write_family();
Family process_folder_family();
Family privilege_family();
Family kernel_family();
Family resource_family();
Family intended_family();

// Every secret of the outside begins like this, so that a probe can tell that it read one.
inline constexpr std::string_view secret_prefix = "outside-secret:";
// The detail of the secret in `content`, or nothing when there is none.
bool holds_secret(std::string_view content);

// `cloister-probe --decoy`: the process of the outside that probes try to reach.
int run_decoy();
// `cloister-probe --identity`: tells the effective user, for the probe of setuid programs.
int run_identity();

}  // namespace cloister::probe
