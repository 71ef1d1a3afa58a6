// SPDX-License-Identifier: Apache-2.0
#include "cloister/report/markup.hpp"

#include "cloister/base/check.hpp"

namespace cloister::report {

std::string escape(std::string_view data) {
  std::string safe;
  safe.reserve(data.size());
  for (char c : data) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '"') {
      safe += "&quot;";
    } else if (c == '\'') {
      safe += "&#39;";
    } else if ((byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7f) {
      safe += "\xef\xbf\xbd";
    } else {
      safe += c;
    }
  }
  return safe;
}

void Markup::tag(std::string_view element, std::initializer_list<Attribute> attributes) {
  out_ += '<';
  out_ += element;
  for (const auto& [name, value] : attributes) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    out_ += escape(value);
    out_ += '"';
  }
}

Markup& Markup::open(std::string_view element, std::initializer_list<Attribute> attributes) {
  tag(element, attributes);
  out_ += '>';
  open_.emplace_back(element);
  return *this;
}

Markup& Markup::close() {
  CLOISTER_CHECK(!open_.empty());
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Markup& Markup::text(std::string_view data) {
  out_ += escape(data);
  return *this;
}

Markup& Markup::element(std::string_view element, std::string_view data,
                        std::initializer_list<Attribute> attributes) {
  return open(element, attributes).text(data).close();
}

Markup& Markup::empty(std::string_view element, std::initializer_list<Attribute> attributes) {
  tag(element, attributes);
  out_ += "/>";
  return *this;
}

Markup& Markup::append(const Markup& other) {
  CLOISTER_CHECK(other.open_.empty());
  out_ += other.out_;
  return *this;
}

}  // namespace cloister::report
