// SPDX-License-Identifier: Apache-2.0
// `cloister tour`: the whole way of a confidential dataset through the product, on real data, each
// claim shown.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/report/document.hpp"
#include "cloister/vault/home.hpp"

#include "command_line.hpp"
#include "interruption.hpp"

#include <string>
#include <vector>

namespace cloister::app {

// Runs the tour, writes tour-report.html, then keeps a server open on its home unless --once.
// Returns the exit code.
int tour(const ParsedLine& line, vault::Services services, Interruption& interruption);

// What one step showed: a line for the terminal, and the report's section about it.
struct TourFinding {
  bool held = true;
  std::string line;
  report::Section section{""};
};

// The facts that the report's first page needs from the steps.
struct TourFacts {
  std::int64_t rows = 0;
  std::string dataset_root;
  std::string checkpoint;
  std::int64_t refused = 0;
  std::int64_t ways = 0;
  std::int64_t changes_made = 0;
  std::int64_t changes_found = 0;
  std::vector<report::Bar> sleep;
};

// One tour: its home, its passphrase, and the steps in order. Steps compute what they report; each
// can come out as not held.
class Tour {
 public:
  Tour(vault::Services services, io::Path home, base::SecretBytes passphrase, io::Path share,
       std::stop_token stop)
      : services_(services),
        home_(std::move(home)),
        passphrase_(std::move(passphrase)),
        share_(std::move(share)),
        stop_(std::move(stop)) {}

  struct Step {
    std::string_view title;
    base::Result<TourFinding> (Tour::*run)();
  };
  static std::vector<Step> steps();
  const TourFacts& facts() const { return facts_; }

 private:
  base::Result<TourFinding> make_home();
  base::Result<TourFinding> import_survey();
  base::Result<TourFinding> search_for_plain_text();
  base::Result<TourFinding> verify_all();
  base::Result<TourFinding> analyse();
  base::Result<TourFinding> try_to_leave();
  base::Result<TourFinding> tamper();
  base::Result<TourFinding> verify_independently();

  base::Result<api::Reply> call(const std::string& verb, boost::json::object parameters,
                                std::vector<io::Descriptor> files = {});
  base::Result<api::Reply> call_on(const io::Path& home, const std::string& verb,
                                   boost::json::object parameters,
                                   std::vector<io::Descriptor> files = {});
  base::Result<api::Reply> run_script(const std::string& script);

  vault::Services services_;
  io::Path home_;
  base::SecretBytes passphrase_;
  io::Path share_;  // demo data and scripts, tools/verify-ledger
  std::stop_token stop_;
  TourFacts facts_;
};

}  // namespace cloister::app
