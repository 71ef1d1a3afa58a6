// SPDX-License-Identifier: Apache-2.0
// A report: one self-contained HTML file without scripts, for the screen, for print on A4, light
// and dark (ui.md).
#pragma once

#include "cloister/report/chart.hpp"
#include "cloister/report/markup.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cloister::report {

using Facts = std::vector<std::pair<std::string, std::string>>;

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> numeric;  // right-aligned columns; empty: none
};

// How a claim stands: shape and word differ, not the colour alone.
enum class Verdict { held, failed, note };

struct Claim {
  Verdict verdict = Verdict::held;
  std::string title;
  std::string evidence;
};

// One section; pieces appear in the order of the calls.
class Section {
 public:
  explicit Section(std::string title) : title_(std::move(title)) {}
  Section& paragraph(std::string text);
  Section& facts(const Facts& facts);
  Section& table(const Table& table, std::string caption = {});
  Section& claims(const std::vector<Claim>& claims);
  Section& code(std::string text);  // commands, texts of a checkpoint
  // A chart with its numbers as a table beneath.
  Section& bars(const ChartText& text, const std::vector<Bar>& bars);
  // A picture that code in a cell made: PNG only, shown as an image, so that nothing in it can run.
  Section& png(const std::string& base64, const std::string& description);

  const std::string& title() const { return title_; }
  const Markup& body() const { return body_; }

 private:
  std::string title_;
  Markup body_;
};

struct Header {
  std::string title;
  std::string subtitle;  // what, when, by whom
  Facts facts;           // dataset version and root, seed, checkpoint …
};

class Document {
 public:
  Document(Header header, std::vector<std::string> summary, std::string how_to_verify)
      : header_(std::move(header)),
        summary_(std::move(summary)),
        how_to_verify_(std::move(how_to_verify)) {}
  // The first screen: the summary's sentences beside this picture.
  void picture(Markup chart) { picture_ = std::move(chart); }
  void add(Section section) { sections_.push_back(std::move(section)); }
  std::string html() const;

 private:
  Header header_;
  std::vector<std::string> summary_;
  std::string how_to_verify_;
  Markup picture_;
  std::vector<Section> sections_;
};

}  // namespace cloister::report
