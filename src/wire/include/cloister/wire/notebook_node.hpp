// SPDX-License-Identifier: Apache-2.0
// A JSON value as Python sees it: keys sorted, numbers kept as text, so that nothing is lost.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cloister::wire {

// Boost's value cannot stand for a notebook: it loses integers beyond 64 bits and how Python writes
// a float. Strings are UTF-8 in which a lone surrogate (Python has them) is kept as three bytes.
class NotebookNode {
 public:
  using Array = std::vector<NotebookNode>;
  using Object = std::map<std::string, NotebookNode, std::less<>>;  // by code points, as Python
  struct Number {
    std::string text;  // as Python's repr writes it
    bool operator==(const Number&) const = default;
  };

  NotebookNode() = default;  // null
  // NOLINTBEGIN(google-explicit-constructor): a tree is written as its leaves.
  NotebookNode(bool flag) : value_(flag) {}
  NotebookNode(int number) : NotebookNode(std::int64_t{number}) {}
  NotebookNode(std::int64_t number) : value_(Number{std::to_string(number)}) {}
  NotebookNode(Number number) : value_(std::move(number)) {}
  NotebookNode(const char* text) : value_(std::string(text)) {}
  NotebookNode(std::string_view text) : value_(std::string(text)) {}
  NotebookNode(std::string text) : value_(std::move(text)) {}
  NotebookNode(Array array) : value_(std::move(array)) {}
  NotebookNode(Object object) : value_(std::move(object)) {}
  // NOLINTEND(google-explicit-constructor)

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* flag() const { return std::get_if<bool>(&value_); }
  const Number* number() const { return std::get_if<Number>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  std::string* text() { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }

  std::optional<std::int64_t> integer() const;  // none for a float or beyond 64 bits
  bool is_integer() const;                      // of any size

  // The member of an object; nullptr when absent or when this is none.
  const NotebookNode* find(std::string_view name) const;
  NotebookNode* find(std::string_view name);
  std::string_view text_or(std::string_view name, std::string_view otherwise) const;

  bool operator==(const NotebookNode&) const = default;

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

}  // namespace cloister::wire
