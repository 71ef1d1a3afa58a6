// SPDX-License-Identifier: Apache-2.0
#include "python_repr.hpp"

#include <fmt/format.h>

namespace cloister::wire {
namespace {

void write(const NotebookNode& node, std::size_t bytes_max, std::string& out);

void write_array(const NotebookNode::Array& array, std::size_t bytes_max, std::string& out) {
  out += '[';
  for (const NotebookNode& element : array) {
    if (out.size() > bytes_max) break;
    if (&element != array.data()) out += ", ";
    write(element, bytes_max, out);
  }
  out += ']';
}

void write_object(const NotebookNode::Object& object, std::size_t bytes_max, std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& [key, member] : object) {
    if (out.size() > bytes_max) break;
    if (!first) out += ", ";
    first = false;
    out += python_text_repr(key) + ": ";
    write(member, bytes_max, out);
  }
  out += '}';
}

std::string number_text(const NotebookNode::Number& number) {
  if (number.text == "NaN") return "nan";
  if (number.text == "Infinity") return "inf";
  if (number.text == "-Infinity") return "-inf";
  return number.text;
}

void write(const NotebookNode& node, std::size_t bytes_max, std::string& out) {
  if (node.is_null()) out += "None";
  if (const bool* flag = node.flag()) out += *flag ? "True" : "False";
  if (const auto* number = node.number()) out += number_text(*number);
  if (const std::string* text = node.text())
    out += python_text_repr(std::string_view(*text).substr(0, bytes_max));
  if (const auto* array = node.array()) write_array(*array, bytes_max, out);
  if (const auto* object = node.object()) write_object(*object, bytes_max, out);
}

}  // namespace

std::string python_text_repr(std::string_view text) {
  char quote = text.contains('\'') && !text.contains('"') ? '"' : '\'';
  std::string out(1, quote);
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\\' || c == quote)
      (out += '\\') += c;
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + quote;
}

std::string python_repr(const NotebookNode& node, std::size_t bytes_max) {
  std::string out;
  write(node, bytes_max, out);
  if (out.size() <= bytes_max) return out;
  while (bytes_max > 0 && (static_cast<unsigned char>(out[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return out.substr(0, bytes_max) + "...";
}

}  // namespace cloister::wire
