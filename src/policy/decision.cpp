// SPDX-License-Identifier: Apache-2.0
#include "cloister/policy/decision.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace cloister::policy {
namespace {

// How a person lets a cell read it.
std::string way_to(const std::string& dataset) {
  std::string name = dataset.empty() ? "NAME" : dataset;
  return "run it with --dataset " + name + "; for a notebook: cloister kernels grant NOTEBOOK " +
         name;
}

Decision allow(std::string reason) {
  return {.allowed = true, .reason = std::move(reason), .hint = {}};
}

Decision deny(std::string reason, std::string hint) {
  return {.allowed = false, .reason = std::move(reason), .hint = std::move(hint)};
}

// What an action does to what, in words that follow "may": for reasons and hints.
std::string_view in_words(Action action) {
  switch (action) {
    case Action::see_catalogue:
      return "see which datasets there are";
    case Action::read_dataset:
      return "read datasets";
    case Action::import_dataset:
      return "import data";
    case Action::save_dataset:
      return "save datasets";
    case Action::destroy_dataset:
      return "remove, shred or rename datasets";
    case Action::run_code:
      return "run code";
    case Action::release_to_host:
      return "take rows out to the host";
    case Action::change_keys:
      return "change keys";
    case Action::read_ledger:
      return "read the ledger";
  }
  return {};
}

// SECURITY: a cell has what was granted to it and nothing of its person's other rights: the code in
// it is not trusted (test: Decide.ACellInheritsNothingFromItsPerson).
Decision decide_for_cell(const Request& request) {
  const Subject& subject = request.subject;
  if (subject.role != Role::owner)
    return deny("only the owner's cells may use datasets so far", "ask the owner to run it");
  bool granted =
      !request.dataset.empty() &&
      std::ranges::find(subject.granted_to_cell, request.dataset) != subject.granted_to_cell.end();
  switch (request.action) {
    case Action::see_catalogue:
    case Action::read_dataset:
      if (granted) return allow("the dataset was granted to this cell");
      // The same words whether the dataset exists or not.
      return deny("this cell was not granted that dataset", way_to(request.dataset));
    case Action::save_dataset:
      if (!request.dataset.empty()) return allow("a cell may save a new dataset");
      return deny("a dataset needs a name", "give the dataset a name");
    default:
      return deny("code in a cell may not " + std::string(in_words(request.action)),
                  "do it outside the cell, on the command line");
  }
}

Decision decide_for_person(const Request& request) {
  std::string_view what = in_words(request.action);
  switch (request.subject.role) {
    case Role::owner:
      return allow("the owner may " + std::string(what));
    case Role::auditor:
      if (request.action == Action::read_ledger) return allow("an auditor may read the ledger");
      return deny("an auditor may only read the ledger", "ask the owner");
    case Role::analyst:
      return deny("an analyst may not " + std::string(what) + " without a grant", "ask the owner");
  }
  return deny("no rule allows this", "ask the owner");
}

}  // namespace

Decision decide(const Request& request, base::WallTime) {
  // Values that no enumerator names come from damage or a newer version: nothing is known of them.
  if (in_words(request.action).empty()) return deny("no rule allows this", "ask the owner");
  if (request.subject.person.empty())
    return deny("it is not known who asks", "say who you are, with --as");
  if (request.subject.cell && request.subject.cell->empty())
    return deny("it is not known which cell asks", "run it again");
  return request.subject.cell ? decide_for_cell(request) : decide_for_person(request);
}

}  // namespace cloister::policy
