// SPDX-License-Identifier: Apache-2.0
// HTML and SVG that is escaped by construction: text enters only through text(), attributes only
// through attribute values.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloister::report {

// Names of elements and attributes are ours and constant; their values may be anything.
using Attribute = std::pair<std::string_view, std::string>;

// SECURITY: no byte of data can open an element or leave an attribute (test:
// Markup.DataNeverBecomesMarkup).
class Markup {
 public:
  Markup& open(std::string_view element, std::initializer_list<Attribute> attributes = {});
  Markup& close();  // the innermost open element
  Markup& text(std::string_view data);
  Markup& element(std::string_view element, std::string_view data,
                  std::initializer_list<Attribute> attributes = {});
  Markup& empty(std::string_view element,
                std::initializer_list<Attribute> attributes = {});  // <circle …/>
  Markup& append(const Markup& other);
  // Markup of our own that is a constant of the source: the style sheet.
  template <std::size_t size>
  Markup& constant(const char (&markup)[size]) {
    out_ += std::string_view(markup, size - 1);
    return *this;
  }

  const std::string& html() const { return out_; }

 private:
  void tag(std::string_view element, std::initializer_list<Attribute> attributes);

  std::string out_;
  std::vector<std::string> open_;
};

// & < > " ' as entities; control characters that HTML forbids as U+FFFD.
std::string escape(std::string_view data);

}  // namespace cloister::report
