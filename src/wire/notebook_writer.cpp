// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/notebook_json.hpp"

#include <fmt/format.h>

namespace cloister::wire {
namespace {

// A surrogate that stands alone, as three bytes: ed a0 80 to ed bf bf.
bool lone_surrogate_at(std::string_view text, std::size_t at) {
  return text.size() - at >= 3 && text[at] == '\xed' &&
         static_cast<unsigned char>(text[at + 1]) >= 0xa0;
}

std::uint32_t surrogate_at(std::string_view text, std::size_t at) {
  return 0xd000u | (static_cast<unsigned char>(text[at + 1]) & 0x3fu) << 6 |
         (static_cast<unsigned char>(text[at + 2]) & 0x3fu);
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += fmt::format("\\u{:04x}", c);
  }
}

class Writer {
 public:
  explicit Writer(bool indented) : indented_(indented) {}

  void write(const NotebookNode& node, std::size_t depth) {
    if (node.is_null()) {
      out += "null";
    } else if (const bool* flag = node.flag()) {
      out += *flag ? "true" : "false";
    } else if (const auto* number = node.number()) {
      out += finite(*number) || indented_ ? std::string_view(number->text) : "null";
    } else if (const std::string* text = node.text()) {
      append_quoted(out, *text);
    } else if (const auto* array = node.array()) {
      write_array(*array, depth);
    } else {
      write_object(*node.object(), depth);
    }
  }

  std::string out;

 private:
  static bool finite(const NotebookNode::Number& number) {
    return !number.text.ends_with("NaN") && !number.text.ends_with("Infinity");
  }
  void new_line(std::size_t depth) {
    if (!indented_) return;
    out += '\n';
    out.append(depth, ' ');
  }
  void write_array(const NotebookNode::Array& array, std::size_t depth) {
    out += '[';
    for (const NotebookNode& element : array) {
      if (&element != array.data()) out += ',';
      new_line(depth + 1);
      write(element, depth + 1);
    }
    if (!array.empty()) new_line(depth);
    out += ']';
  }
  void write_object(const NotebookNode::Object& object, std::size_t depth) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : object) {
      if (!first) out += ',';
      first = false;
      new_line(depth + 1);
      append_quoted(out, key);
      out += indented_ ? ": " : ":";
      write(member, depth + 1);
    }
    if (!object.empty()) new_line(depth);
    out += '}';
  }

  bool indented_;
};

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t written = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
    bool surrogate = c == 0xed && lone_surrogate_at(text, at);
    if (c >= 0x20 && c != '"' && c != '\\' && !surrogate) continue;
    out += text.substr(written, at - written);
    if (surrogate) {
      out += fmt::format("\\u{:04x}", surrogate_at(text, at));
      at += 2;
    } else {
      append_escape(out, c);
    }
    written = at + 1;
  }
  out += text.substr(written);
  out += '"';
}

std::string write_indented(const NotebookNode& node) {
  Writer writer(true);
  writer.write(node, 0);
  return std::move(writer.out);
}

std::string write_compact(const NotebookNode& node) {
  Writer writer(false);
  writer.write(node, 0);
  return std::move(writer.out);
}

}  // namespace cloister::wire
