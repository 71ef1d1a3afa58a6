// SPDX-License-Identifier: Apache-2.0
// One pure decision function: who, what, which dataset and columns, for which purpose.
#pragma once

#include "cloister/base/clock.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloister::policy {

enum class Action {
  see_catalogue,  // know that a dataset exists
  read_dataset,   // query it, or take rows into a cell
  import_dataset,
  save_dataset,     // a new dataset out of a cell
  destroy_dataset,  // rm, shred, rename
  run_code,         // start a cell
  release_to_host,  // take rows out to a file of the host
  change_keys,      // passwd
  read_ledger,
};

enum class Role { owner, analyst, auditor };

// A person, or a cell that acts for one with the datasets it was granted.
struct Subject {
  std::string person;
  Role role = Role::analyst;
  std::optional<std::string> cell;           // set: code in this cell asks
  std::vector<std::string> granted_to_cell;  // dataset names granted with --dataset
};

struct Request {
  Subject subject;
  Action action = Action::see_catalogue;
  std::string dataset;               // empty where none is meant
  std::vector<std::string> columns;  // empty: all
  std::string purpose;
};

struct Decision {
  bool allowed = false;
  std::string reason;  // the rule, in words: "the owner may read every dataset"
  std::string hint;    // the next allowed step after a deny
};

// Total, deterministic, no I/O.
// SECURITY: what no rule allows is denied (test: Decide.EverythingElseIsDenied).
Decision decide(const Request& request, base::WallTime now);

}  // namespace cloister::policy
