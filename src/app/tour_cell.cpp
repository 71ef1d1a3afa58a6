// SPDX-License-Identifier: Apache-2.0
// The tour's steps in a sealed cell: an analysis that works, and an escape that does not.
#include "cloister/app/errors.hpp"
#include "cloister/report/numbers.hpp"
#include "cloister/wire/json.hpp"

#include "tour.hpp"

#include <fmt/format.h>

#include <set>

namespace cloister::app {
namespace json = boost::json;

namespace {

using report::counted;

std::string text(const json::object& object, std::string_view name) {
  return wire::text_or(object, name, "");
}

// What the counters of the cell's own network namespace say, beside the recorder: it had the
// loopback interface alone, and no packet got past the recorder to find out that there is no route.
struct NetworkWitness {
  std::string interfaces;
  std::int64_t unrouted = -1;
  bool sealed() const { return interfaces == "lo" && unrouted == 0; }
};

NetworkWitness witness_of(const json::object& run) {
  NetworkWitness witness{.interfaces = {}, .unrouted = wire::integer_or(run, "unrouted", -1)};
  for (const json::value& name : run.at("interfaces").get_array())
    witness.interfaces += (witness.interfaces.empty() ? "" : ", ") + std::string(name.get_string());
  return witness;
}

// The last output of a kind; empty when there is none.
std::string output_of(const json::array& outputs, std::string_view mime) {
  std::string data;
  for (const json::value& output : outputs)
    if (text(output.get_object(), "mime") == mime) data = text(output.get_object(), "data");
  return data;
}

std::string target_of(const json::object& attempt) {
  std::string target =
      text(attempt, "host").empty() ? text(attempt, "address") : text(attempt, "host");
  std::int64_t port = wire::integer_or(attempt, "port", 0);
  return port > 0 ? fmt::format("{}:{}", target, port) : target;
}

}  // namespace

base::Result<api::Reply> Tour::run_script(const std::string& script) {
  CLOISTER_TRY(io::Descriptor file, services_.disk.open_read(share_ / "demo/tour" / script));
  std::vector<io::Descriptor> files;
  files.push_back(std::move(file));
  return call("run",
              {{"file", json::object{{"name", script}, {"descriptor", 0}}},
               {"dataset", json::array{"health_survey"}},
               {"timeout", "120s"}},
              std::move(files));
}

base::Result<TourFinding> Tour::analyse() {
  CLOISTER_TRY(api::Reply run, run_script("analyse.py"));
  // The same numbers by another way: SQL in the query worker, not pandas in the cell.
  CLOISTER_TRY(
      api::Reply sql,
      call("data query",
           {{"sql",
             "select grade, count(*), count(*) filter (school_night_hours_sleep in ('<5', '5', "
             "'6')) "
             "from health_survey where grade is not null and school_night_hours_sleep is not null "
             "group by grade order by length(grade), grade"}}));
  std::string expected;
  boost::system::error_code error;
  json::value rows = json::parse(sql.body, error);
  if (error) return base::fail(errors::cannot_open, "the check query gave no rows");
  report::Table numbers{.header = {"grade", "students", "six hours or less"},
                        .rows = {},
                        .numeric = {false, true, true}};
  for (const json::value& row : rows.get_array()) {
    std::string grade(row.at(0).is_string() ? std::string(row.at(0).get_string())
                                            : json::serialize(row.at(0)));
    auto students = row.at(1).to_number<std::int64_t>();
    auto sleepers = row.at(2).to_number<std::int64_t>();
    expected +=
        fmt::format("grade {}: {} of {} sleep six hours or less\n", grade, sleepers, students);
    numbers.rows.push_back(
        {grade, report::with_thousands(students), report::with_thousands(sleepers)});
    facts_.sleep.push_back({.label = "grade " + grade,
                            .value = students > 0 ? 100.0 * static_cast<double>(sleepers) /
                                                        static_cast<double>(students)
                                                  : 0});
  }
  const json::array& outputs = run.result.at("outputs").get_array();
  std::string png = output_of(outputs, "image/png");
  TourFinding finding;
  finding.held = text(run.result, "status") == "ok" && text(run.result, "stdout") == expected &&
                 !png.empty() && !output_of(outputs, "text/html").empty() && !expected.empty();
  finding.line = fmt::format(
      "{} and a plot in {:.1f} s; the same numbers as SQL gives; new dataset short_sleepers",
      counted(static_cast<std::int64_t>(numbers.rows.size()), "row", "rows"),
      run.result.at("seconds").to_number<double>());
  finding.section = report::Section("Ordinary Python in a sealed cell");
  finding.section
      .paragraph(
          "A script with pandas and matplotlib read the survey through the cell's one socket. The "
          "cell has no network, "
          "no other file of this machine, and only the dataset that was granted to it.")
      .table(numbers, "Computed by pandas in the cell, and again by SQL outside it: equal.");
  if (!png.empty())
    finding.section.png(png, "Hours of sleep on a school night; drawn by matplotlib in the cell.");
  if (!finding.held) finding.section.code(text(run.result, "stdout") + text(run.result, "stderr"));
  return finding;
}

base::Result<TourFinding> Tour::try_to_leave() {
  CLOISTER_TRY(api::Reply run, run_script("exfiltrate.py"));
  auto told = wire::parse_json_object(text(run.result, "stdout"));
  if (!told)
    return base::fail(errors::cannot_open, "the attacking script did not tell what it tried",
                      text(run.result, "stderr").substr(0, 400));
  CLOISTER_TRY(const json::array* ways, wire::array_field(*told, "ways"));
  const json::array& attempts = run.result.at("attempts").get_array();
  std::set<std::string> recorded;
  std::vector<report::Claim> claims;
  report::Table table{.header = {"refused operation", "to", "program", "times"},
                      .rows = {},
                      .numeric = {false, false, false, true}};
  for (const json::value& item : attempts) {
    const json::object& attempt = item.get_object();
    recorded.insert(text(attempt, "operation"));
    table.rows.push_back({text(attempt, "operation"), target_of(attempt), text(attempt, "program"),
                          report::with_thousands(wire::integer_or(attempt, "count", 1))});
  }
  facts_.ways = static_cast<std::int64_t>(ways->size());
  for (const json::value& item : *ways) {
    const json::object& way = item.get_object();
    bool refused = text(way, "outcome") == "refused";
    facts_.refused += refused ? 1 : 0;
    claims.push_back({.verdict = refused ? report::Verdict::held : report::Verdict::failed,
                      .title = fmt::format("{} to {}", text(way, "way"), text(way, "target")),
                      .evidence = refused ? text(way, "detail") : "it was sent"});
  }
  std::string ungranted = text(*told, "ungranted");
  bool denied = ungranted.starts_with("denied");
  claims.push_back({.verdict = denied ? report::Verdict::held : report::Verdict::failed,
                    .title = "a dataset that was not granted to this cell",
                    .evidence = ungranted});
  CLOISTER_TRY(api::Reply watched, call("watch", {}));
  std::size_t in_ledger = watched.result.at("attempts").get_array().size();
  bool all_recorded = attempts.size() >= ways->size() && in_ledger >= attempts.size();
  NetworkWitness witness = witness_of(run.result);
  claims.push_back({.verdict = witness.sealed() ? report::Verdict::held : report::Verdict::failed,
                    .title = "the cell's own network",
                    .evidence = fmt::format("interfaces: {}; {} found no route", witness.interfaces,
                                            counted(witness.unrouted, "packet", "packets"))});
  TourFinding finding;
  finding.held = facts_.ways == 8 && facts_.refused == facts_.ways && denied && all_recorded &&
                 witness.sealed();
  finding.line = fmt::format(
      "{} of {} ways refused, {} recorded in the ledger; interfaces of the cell: {}; an ungranted "
      "dataset was {}",
      facts_.refused, facts_.ways,
      counted(static_cast<std::int64_t>(in_ledger), "attempt", "attempts"), witness.interfaces,
      denied ? "denied" : "opened");
  finding.section = report::Section("Eight ways out, none open");
  finding.section.claims(claims).table(
      table, "What the recorder wrote down, each an entry of the ledger.");
  return finding;
}

}  // namespace cloister::app
