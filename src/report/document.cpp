// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/document.hpp"

#include "cloister/base/check.hpp"
#include "cloister/report/numbers.hpp"

#include "style.hpp"

#include <fmt/format.h>

namespace cloister::report {
namespace {

void write_facts(Markup& out, const Facts& facts) {
  if (facts.empty()) return;
  out.open("dl");
  for (const auto& [name, value] : facts) out.element("dt", name).element("dd", value);
  out.close();
}

std::string anchor(std::size_t section) {
  return fmt::format("section-{}", section + 1);
}

}  // namespace

Section& Section::paragraph(std::string text) {
  body_.element("p", text);
  return *this;
}

Section& Section::facts(const Facts& facts) {
  write_facts(body_, facts);
  return *this;
}

Section& Section::table(const Table& table, std::string caption) {
  auto alignment = [&](std::size_t column) {
    return column < table.numeric.size() && table.numeric[column] ? "number" : "text";
  };
  body_.open("table");
  if (!caption.empty()) body_.element("caption", caption);
  body_.open("thead").open("tr");
  for (std::size_t i = 0; i < table.header.size(); ++i)
    body_.element("th", table.header[i], {{"class", alignment(i)}, {"scope", "col"}});
  body_.close().close().open("tbody");
  for (const auto& row : table.rows) {
    CLOISTER_CHECK(row.size() == table.header.size());
    body_.open("tr");
    for (std::size_t i = 0; i < row.size(); ++i)
      body_.element("td", row[i], {{"class", alignment(i)}});
    body_.close();
  }
  body_.close().close();
  return *this;
}

Section& Section::claims(const std::vector<Claim>& claims) {
  body_.open("ul", {{"class", "claims"}});
  for (const Claim& claim : claims) {
    std::string_view shape = claim.verdict == Verdict::held     ? "● held"
                             : claim.verdict == Verdict::failed ? "▲ FAILED"
                                                                : "○ note";
    std::string kind = claim.verdict == Verdict::held     ? "held"
                       : claim.verdict == Verdict::failed ? "failed"
                                                          : "noted";
    body_.open("li").element("span", shape, {{"class", "badge " + kind}});
    body_.text(claim.title).element("span", claim.evidence, {{"class", "evidence"}}).close();
  }
  body_.close();
  return *this;
}

Section& Section::code(std::string text) {
  body_.element("pre", text);
  return *this;
}

Section& Section::bars(const ChartText& text, const std::vector<Bar>& bars) {
  body_.open("figure").append(bar_chart(text, bars)).element("figcaption", text.title).close();
  Table numbers{.header = {"", text.unit.empty() ? "value" : text.unit},
                .rows = {},
                .numeric = {false, true}};
  for (const Bar& bar : bars) numbers.rows.push_back({bar.label, decimal(bar.value, text.digits)});
  return table(numbers);
}

Section& Section::png(const std::string& base64, const std::string& description) {
  CLOISTER_CHECK(base64.find_first_not_of(
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
                 std::string::npos);
  body_.open("figure")
      .empty("img", {{"src", "data:image/png;base64," + base64}, {"alt", description}})
      .element("figcaption", description)
      .close();
  return *this;
}

std::string Document::html() const {
  Markup page;
  page.constant("<!DOCTYPE html>\n").open("html", {{"lang", "en"}}).open("head");
  page.empty("meta", {{"charset", "utf-8"}});
  page.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  // SECURITY: the report itself forbids scripts and everything from elsewhere (test:
  // Document.PolicyForbidsScripts).
  page.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                      {"content",
                       "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action "
                       "'none'; base-uri 'none'"}});
  page.element("title", header_.title)
      .open("style")
      .constant(style_sheet)
      .close()
      .close()
      .open("body");
  page.open("header")
      .element("h1", header_.title)
      .element("p", header_.subtitle, {{"class", "subtitle"}})
      .close();
  page.open("div", {{"class", "summary"}});
  for (const std::string& sentence : summary_) page.element("p", sentence);
  page.close();
  page.append(picture_);
  write_facts(page, header_.facts);
  page.open("nav", {{"aria-label", "Contents"}}).open("ol");
  for (std::size_t i = 0; i < sections_.size(); ++i)
    page.open("li").element("a", sections_[i].title(), {{"href", "#" + anchor(i)}}).close();
  page.close().close().open("main");
  for (std::size_t i = 0; i < sections_.size(); ++i)
    page.open("section", {{"id", anchor(i)}})
        .element("h2", sections_[i].title())
        .append(sections_[i].body())
        .close();
  page.close().open("footer").element("p", how_to_verify_).close().close().close();
  return page.html() + "\n";
}

}  // namespace cloister::report
