// SPDX-License-Identifier: Apache-2.0
// The steps up to the verified import. Those about code in cells and about tampering stand in files
// of their own.
#include "cloister/app/errors.hpp"
#include "cloister/report/numbers.hpp"

#include "runner.hpp"
#include "tour.hpp"
#include "tour_scan.hpp"

#include <fmt/format.h>

namespace cloister::app {
namespace json = boost::json;

using report::counted;
using report::size_text;
using report::with_thousands;

std::vector<Tour::Step> Tour::steps() {
  return {{"Make a home: keys, vault and ledger", &Tour::make_home},
          {"Import the health survey", &Tour::import_survey},
          {"Search every file for plain text", &Tour::search_for_plain_text},
          {"Verify vault and ledger", &Tour::verify_all},
          {"Analyse the survey in a sealed cell", &Tour::analyse},
          {"Try to send it out in eight ways", &Tour::try_to_leave},
          {"Tamper with copies of the home", &Tour::tamper},
          {"Verify the ledger without Cloister", &Tour::verify_independently}};
}

base::Result<api::Reply> Tour::call_on(const io::Path& home, const std::string& verb,
                                       json::object parameters, std::vector<io::Descriptor> files) {
  api::Call request;
  request.verb = verb;
  request.parameters = std::move(parameters);
  request.purpose = "guided tour";
  request.files = std::move(files);
  request.passphrase = passphrase_.clone();
  api::Listener quiet{
      .progress = [](std::string_view, std::uint64_t, std::uint64_t) {}, .item = {}, .stop = stop_};
  return run_on_home(services_, home, std::move(request), quiet);
}

base::Result<api::Reply> Tour::call(const std::string& verb, json::object parameters,
                                    std::vector<io::Descriptor> files) {
  return call_on(home_, verb, std::move(parameters), std::move(files));
}

base::Result<TourFinding> Tour::make_home() {
  CLOISTER_TRY(vault::HomeInfo info,
               vault::Home::create(services_, home_, "tour", passphrase_, nullptr));
  TourFinding finding;
  finding.line = fmt::format("home {}, ledger key {}…", info.id, info.ledger_key.substr(0, 24));
  finding.section = report::Section("A home with its keys");
  finding.section
      .paragraph(
          "The passphrase opens a key slot (Argon2id); the slot opens a random vault key; the "
          "vault key opens a "
          "random key for each version of each dataset. The ledger's verifier key is public.")
      .facts({{"Home", info.id},
              {"Ledger verifier key", info.ledger_key},
              {"Created", base::to_rfc3339(info.created)}});
  return finding;
}

base::Result<TourFinding> Tour::import_survey() {
  io::Path survey = share_ / "demo/health_survey.csv";
  CLOISTER_TRY(io::Descriptor file, services_.disk.open_read(survey));
  std::vector<io::Descriptor> files;
  files.push_back(std::move(file));
  CLOISTER_TRY(
      api::Reply reply,
      call("data import",
           {{"files", json::array{json::object{{"name", "health_survey.csv"}, {"descriptor", 0}}}},
            {"name", "health_survey"},
            {"description",
             "Youth Risk Behavior Survey 2013: real answers, public domain. The columns "
             "student_name, student_email, "
             "guardian_phone, student_number and home_zip are GENERATED and belong to nobody."}},
           std::move(files)));
  CLOISTER_TRY(std::int64_t expected, count_rows(services_.disk, survey));
  facts_.rows = reply.result.at("rows").to_number<std::int64_t>();
  facts_.dataset_root = std::string(reply.result.at("root").get_string());
  TourFinding finding;
  finding.held = facts_.rows == expected;
  finding.line =
      fmt::format("{}, {}, {} became {} of cipher text", counted(facts_.rows, "row", "rows"),
                  counted(static_cast<std::int64_t>(reply.result.at("columns").get_array().size()),
                          "column", "columns"),
                  size_text(reply.result.at("bytes_in").to_number<std::int64_t>()),
                  size_text(reply.result.at("bytes_stored").to_number<std::int64_t>()));
  finding.section = report::Section("Confidential data goes in");
  finding.section
      .paragraph(
          "A worker without network, in a sealed cell of its own, read the file through one "
          "descriptor and wrote an "
          "encrypted database. Its blocks were hashed into a manifest, and the manifest was "
          "signed.")
      .facts({{"Rows in the file", with_thousands(expected)},
              {"Rows in the vault", with_thousands(facts_.rows)},
              {"Root of the manifest", facts_.dataset_root}});
  return finding;
}

base::Result<TourFinding> Tour::search_for_plain_text() {
  io::Path survey = share_ / "demo";
  CLOISTER_TRY(std::vector<std::string> needles,
               sample_values(services_.disk, survey / "health_survey.csv", 3, 40));
  CLOISTER_TRY(Scan source, scan_folder(services_.disk, survey, needles));
  needles.emplace_back(passphrase_.text());
  CLOISTER_TRY(Scan scan, scan_folder(services_.disk, home_, needles));
  std::size_t canaries = needles.size() - 1;
  // The same search in the source file must find all of them: a search that cannot find proves
  // nothing.
  bool control = source.found.size() >= canaries - 5;
  TourFinding finding;
  finding.held = scan.found.empty() && scan.uneven_blocks == 0 && control;
  finding.line =
      fmt::format("{} of {} canaries and passphrase found in {} ({}); in the source file {}",
                  scan.found.size(), needles.size(), counted(scan.files, "file", "files"),
                  size_text(scan.bytes), source.found.size());
  finding.section = report::Section("Nothing readable on the disk");
  finding.section
      .paragraph(fmt::format("Names, e-mail addresses and telephone numbers of 40 people of the "
                             "survey, and the passphrase, were "
                             "searched for in every file of the home. The same search finds {} of "
                             "them in the source file.",
                             source.found.size()))
      .facts({{"Files searched", with_thousands(scan.files)},
              {"Bytes searched", with_thousands(scan.bytes)},
              {"Found", with_thousands(static_cast<std::int64_t>(scan.found.size()))},
              {"Blocks of the sealed file that do not look like cipher text",
               with_thousands(scan.uneven_blocks)}});
  return finding;
}

base::Result<TourFinding> Tour::verify_all() {
  CLOISTER_TRY(api::Reply data, call("data verify", {}));
  CLOISTER_TRY(api::Reply ledger, call("ledger verify", {}));
  TourFinding finding;
  finding.held = data.result.at("ok").get_bool() && ledger.result.at("ok").get_bool();
  finding.line = fmt::format("{} of sealed data and {} verified",
                             size_text(data.result.at("bytes").to_number<std::int64_t>()),
                             counted(ledger.result.at("entries").to_number<std::int64_t>(),
                                     "ledger entry", "ledger entries"));
  finding.section = report::Section("Everything verifies");
  finding.section
      .paragraph(
          "Each sealed block was compared with its signed manifest, each ledger entry with the "
          "signed tree.")
      .facts({{"Sealed bytes", with_thousands(data.result.at("bytes").to_number<std::int64_t>())},
              {"Ledger entries",
               with_thousands(ledger.result.at("entries").to_number<std::int64_t>())},
              {"Ledger root", std::string(ledger.result.at("root").get_string())}});
  return finding;
}

}  // namespace cloister::app
