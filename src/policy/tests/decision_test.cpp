// SPDX-License-Identifier: Apache-2.0
#include "cloister/policy/decision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

namespace cloister::policy {
namespace {

const std::map<std::string, Action> actions{
    {"see_catalogue", Action::see_catalogue},     {"read_dataset", Action::read_dataset},
    {"import_dataset", Action::import_dataset},   {"save_dataset", Action::save_dataset},
    {"destroy_dataset", Action::destroy_dataset}, {"run_code", Action::run_code},
    {"release_to_host", Action::release_to_host}, {"change_keys", Action::change_keys},
    {"read_ledger", Action::read_ledger}};
const std::map<std::string, Role> roles{
    {"owner", Role::owner}, {"analyst", Role::analyst}, {"auditor", Role::auditor}};

std::vector<std::string> split(const std::string& line, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, at);) {
    auto first = part.find_first_not_of(' ');
    auto last = part.find_last_not_of(' ');
    parts.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
    if (parts.back() == "-") parts.back().clear();
  }
  return parts;
}

struct Row {
  int line = 0;
  Request request;
  bool allowed = false;
  std::string words;
};

// A row that cannot be read fails the test: a typing error must not remove a case.
std::vector<Row> read_table() {
  std::ifstream file(CLOISTER_SOURCE_DIR "/src/policy/tests/decisions.txt");
  std::vector<Row> rows;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> field = split(line, '|');
    bool readable = field.size() == 8 && roles.contains(field[0]) && actions.contains(field[4]) &&
                    (field[6] == "allow" || field[6] == "deny") && !field[7].empty();
    EXPECT_TRUE(readable) << "decisions.txt:" << number << ": " << line;
    if (!readable) continue;
    Row row{.line = number, .request = {}, .allowed = field[6] == "allow", .words = field[7]};
    row.request.subject.role = roles.at(field[0]);
    row.request.subject.person = field[1];
    if (field[2] != "none") row.request.subject.cell = field[2];
    row.request.subject.granted_to_cell = split(field[3], ',');
    row.request.action = actions.at(field[4]);
    row.request.dataset = field[5];
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(Decide, FollowsTheTable) {
  std::vector<Row> rows = read_table();
  ASSERT_GE(rows.size(), 60u);
  for (const Row& row : rows) {
    SCOPED_TRACE("decisions.txt:" + std::to_string(row.line));
    Decision decision = decide(row.request, {});
    EXPECT_EQ(decision.allowed, row.allowed) << decision.reason;
    EXPECT_FALSE(decision.reason.empty());
    EXPECT_EQ(decision.hint.empty(), decision.allowed);
    EXPECT_THAT(decision.allowed ? decision.reason : decision.hint, testing::HasSubstr(row.words));
  }
}

TEST(Decide, TheTableCoversEveryRoleAndActionInPersonAndTheOwnersCell) {
  std::set<std::tuple<Role, Action, bool>> covered;
  for (const Row& row : read_table())
    if (!row.request.subject.person.empty() && row.request.subject.cell != "")
      covered.emplace(row.request.subject.role, row.request.action,
                      row.request.subject.cell.has_value());
  for (const auto& [name, action] : actions) {
    for (const auto& [role_name, role] : roles)
      EXPECT_TRUE(covered.contains({role, action, false})) << role_name << " " << name;
    EXPECT_TRUE(covered.contains({Role::owner, action, true})) << "cell " << name;
  }
}

// Every combination, enumerators that do not exist included, against the short list of what is
// allowed.
TEST(Decide, EverythingElseIsDenied) {
  const std::set<Action> granted_to_cells{Action::see_catalogue, Action::read_dataset};
  int allowed = 0;
  int denied = 0;
  for (int role = -1; role < 8; ++role)
    for (int action = -1; action < 16; ++action)
      for (const char* person : {"", "ada"})
        for (std::optional<std::string> cell : {std::optional<std::string>(), {""}, {"c1"}})
          for (bool granted : {false, true})
            for (const char* dataset : {"", "patients", "visits"}) {
              Request request{.subject = {.person = person,
                                          .role = static_cast<Role>(role),
                                          .cell = cell,
                                          .granted_to_cell = {}},
                              .action = static_cast<Action>(action),
                              .dataset = dataset,
                              .columns = {},
                              .purpose = {}};
              if (granted) request.subject.granted_to_cell = {"patients"};
              bool known = action >= 0 && action < static_cast<int>(actions.size()) && *person != 0;
              bool owner = request.subject.role == Role::owner;
              bool expected =
                  known && ((!cell && owner) ||
                            (!cell && request.subject.role == Role::auditor &&
                             request.action == Action::read_ledger) ||
                            (cell == "c1" && owner && granted && request.dataset == "patients" &&
                             granted_to_cells.contains(request.action)) ||
                            (cell == "c1" && owner && request.action == Action::save_dataset &&
                             !request.dataset.empty()));
              Decision decision = decide(request, {});
              EXPECT_EQ(decision.allowed, expected)
                  << "role " << role << " action " << action << " person '" << person << "' cell "
                  << cell.value_or("none") << " dataset '" << dataset << "': " << decision.reason;
              (decision.allowed ? allowed : denied) += 1;
            }
  EXPECT_GT(allowed, 0);
  EXPECT_GT(denied, 10 * allowed);
}

TEST(Decide, ACellInheritsNothingFromItsPerson) {
  Subject person{.person = "ada", .role = Role::owner, .cell = {}, .granted_to_cell = {}};
  Subject cell = person;
  cell.cell = "c1";
  for (const auto& [name, action] : actions) {
    Request request{
        .subject = person, .action = action, .dataset = "patients", .columns = {}, .purpose = {}};
    EXPECT_TRUE(decide(request, {}).allowed) << name;
    request.subject = cell;
    EXPECT_EQ(decide(request, {}).allowed, action == Action::save_dataset) << name;
  }
}

TEST(Decide, TheAnswerToACellDoesNotTellWhetherADatasetExists) {
  Request request{.subject = {.person = "ada",
                              .role = Role::owner,
                              .cell = "c1",
                              .granted_to_cell = {"patients"}},
                  .action = Action::read_dataset,
                  .dataset = "hidden",
                  .columns = {},
                  .purpose = {}};
  Decision hidden = decide(request, {});
  request.dataset = "absent";
  Decision absent = decide(request, {});
  EXPECT_EQ(hidden.reason, absent.reason);
}

TEST(Decide, IsDeterministicAndIndependentOfTimePurposeAndColumns) {
  for (const Row& row : read_table()) {
    Request request = row.request;
    Decision first = decide(request, {});
    request.purpose = "another purpose";
    request.columns = {"a", "b"};
    Decision second = decide(request, base::WallTime(std::chrono::years(60)));
    EXPECT_EQ(first.allowed, second.allowed);
    EXPECT_EQ(first.reason, second.reason);
    EXPECT_EQ(first.hint, second.hint);
  }
}

}  // namespace
}  // namespace cloister::policy
