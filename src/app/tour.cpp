// SPDX-License-Identifier: Apache-2.0
#include "tour.hpp"

#include "cloister/app/errors.hpp"
#include "cloister/io/process.hpp"
#include "cloister/report/numbers.hpp"

#include "output.hpp"
#include "serve.hpp"
#include "settings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::app {
namespace {

struct Place {
  io::Path home;
  base::SecretBytes passphrase;
  io::Path passphrase_file;  // where a person finds it again; empty when they brought it
};

// A folder of its own for the tour's home, unless one is named; a passphrase of six random groups,
// unless one is given.
base::Result<Place> prepare(const ParsedLine& line, vault::Services services) {
  Place place;
  CLOISTER_TRY(place.passphrase, given_passphrase(line));
  if (line.has("home")) {
    place.home = home_folder(line);
  } else {
    io::Path folder = std::filesystem::temp_directory_path() /
                      ("cloister-tour-" + base::random_id(services.random));
    CLOISTER_TRY_DO(services.disk.make_folder(folder, 0700));
    place.home = folder / "home";
  }
  if (!place.passphrase.empty()) return place;
  std::string words = base::to_hex(services.random.bytes<12>());
  for (std::size_t at = 20; at > 0; at -= 4) words.insert(at, "-");
  place.passphrase = base::SecretBytes::copy_of(words);
  place.passphrase_file = place.home.parent_path() / "tour-passphrase";
  CLOISTER_TRY_DO(io::replace_file(services.disk, place.passphrase_file, base::as_bytes(words)));
  return place;
}

constexpr const char* sleep_title = "Students who sleep six hours or less, by grade";

report::Document document_of(const TourFacts& facts, vault::Services services, bool held) {
  std::vector<std::string> summary{
      fmt::format("{} confidential answers were encrypted on import, and no name, address or "
                  "passphrase could be read in "
                  "any file afterwards.",
                  report::with_thousands(facts.rows)),
      fmt::format("Python analysed them in a sealed cell; when code there tried to send them out, "
                  "{} of {} ways were refused "
                  "and recorded.",
                  facts.refused, facts.ways),
      fmt::format("{} of {} changes made behind Cloister's back were found, and a program that "
                  "shares no code with it "
                  "verified the ledger.",
                  facts.changes_found, facts.changes_made)};
  if (!held)
    summary.insert(summary.begin(),
                   "At least one step did NOT do what it says: see the steps marked FAILED.");
  report::Document document(
      {.title = "What Cloister did with a confidential survey",
       .subtitle =
           fmt::format("Guided tour, {} UTC", base::to_rfc3339(services.clock.now()).substr(0, 19)),
       .facts = {{"Dataset",
                  "health_survey@1: Youth Risk Behavior Survey 2013, with generated identities"},
                 {"Root", facts.dataset_root},
                 {"Rows", report::with_thousands(facts.rows)}}},
      std::move(summary),
      "To verify: run `cloister data verify` and `cloister ledger verify` on the tour's home, or "
      "give its ledger-export.jsonl to "
      "tools/verify-ledger on a machine without Cloister.");
  if (!facts.sleep.empty())
    document.picture(
        report::bar_chart({.title = sleep_title, .unit = "%", .digits = 1}, facts.sleep),
        sleep_title);
  return document;
}

struct Outcome {
  bool held = true;
  std::vector<report::Claim> claims;
  std::vector<report::Section> sections;
};

// Runs the steps, a progress line each; a step that could not be done ends the tour.
Outcome walk(Tour& tour, std::stop_token stop) {
  Outcome outcome;
  auto steps = Tour::steps();
  for (std::size_t i = 0; i < steps.size() && !stop.stop_requested(); ++i) {
    write_output(fmt::format("[{}/{}] {}\n", i + 1, steps.size() + 1, steps[i].title));
    auto finding = (tour.*steps[i].run)();
    bool held = finding && finding->held;
    std::string line = finding
                           ? finding->line
                           : fmt::format("{}: {}", finding.error().code, finding.error().message);
    write_output(fmt::format("      {}{}\n", held ? "" : "FAILED: ", line));
    if (!finding && !finding.error().hint.empty())
      write_output(fmt::format("      hint: {}\n", finding.error().hint));
    outcome.held = outcome.held && held;
    outcome.claims.push_back({.verdict = held ? report::Verdict::held : report::Verdict::failed,
                              .title = std::string(steps[i].title),
                              .evidence = line});
    if (finding) outcome.sections.push_back(std::move(finding->section));
    if (!finding) break;
  }
  return outcome;
}

base::Result<std::string> write_report(const Tour& tour, vault::Services services, Outcome& outcome,
                                       const io::Path& path) {
  report::Document document = document_of(tour.facts(), services, outcome.held);
  report::Section overview("The steps");
  overview.claims(outcome.claims);
  document.add(std::move(overview));
  for (report::Section& section : outcome.sections) document.add(std::move(section));
  std::string html = document.html();
  CLOISTER_TRY_DO(io::replace_file(services.disk, path, base::as_bytes(html), 0644));
  return fmt::format("{} ({})", path.native(),
                     report::size_text(static_cast<std::int64_t>(html.size())));
}

// The tour's notebook, in a project of its own of the new home.
base::Outcome place_notebook(vault::Services services, const io::Path& share,
                             const io::Path& home) {
  constexpr const char* name = "survey.ipynb";
  CLOISTER_TRY(base::Bytes notebook,
               io::read_file(services.disk, share / "demo/tour" / name, 1u << 20));
  io::Path project = home / "workspace/tour";
  CLOISTER_TRY_DO(services.disk.make_folder(project, 0755));
  CLOISTER_TRY_DO(io::replace_file(services.disk, project / name, notebook, 0644));
  // Cells work in it under their own id, to which the workspace belongs.
  struct stat owner{};
  if (geteuid() != 0 || stat((home / "workspace").c_str(), &owner) != 0) return {};
  for (const io::Path& path : {project, project / name})
    if (chown(path.c_str(), owner.st_uid, owner.st_gid) != 0)
      return base::fail_errno(errors::cannot_write, "cannot give the notebook to cells", errno);
  return {};
}

}  // namespace

int tour(const ParsedLine& line, vault::Services services, Interruption& interruption) {
  auto place = prepare(line, services);
  if (!place) return print_error(line, place.error());
  io::Path share = io::Path(io::program_folder()).parent_path() / "share";
  Tour tour(services, place->home, place->passphrase.clone(), share, interruption.token());
  Outcome outcome = walk(tour, interruption.token());
  if (interruption.requested())
    return print_error(line, base::Error(errors::cancelled, "the tour was cancelled"));
  std::size_t count = Tour::steps().size() + 1;
  write_output(fmt::format("[{}/{}] Write the report\n", count, count));
  const std::string* wanted = line.find("report");
  io::Path path = std::filesystem::absolute(wanted != nullptr ? *wanted : "tour-report.html");
  auto written = write_report(tour, services, outcome, path);
  if (!written) return print_error(line, written.error());
  write_output(fmt::format("      {}\n", *written));
  write_output(outcome.held ? "Every step did what it says.\n"
                            : "The tour FAILED: see the steps above.\n");
  if (!place->passphrase_file.empty())
    print_hint(line, fmt::format("the tour's home is {}, its passphrase stands in {}",
                                 place->home.native(), place->passphrase_file.native()));
  if (!outcome.held) return 1;
  if (line.has("once")) return 0;
  if (auto placed = place_notebook(services, share, place->home); !placed)
    return print_error(line, placed.error());
  return serve(line, services, interruption, place->home, std::move(place->passphrase));
}

}  // namespace cloister::app
