// SPDX-License-Identifier: Apache-2.0
// Header fields of a message, in their order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloister::http {

bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII letters
std::string_view trimmed(std::string_view text);                   // spaces and tabs

// Names compare without case. A name may occur more than once.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  // The first one's value; empty when there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return count(name) > 0; }
  std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);          // in place of all of that name
  void set_default(std::string_view name, std::string value);  // unless there is one
  void remove(std::string_view name);
  // Whether a list-valued field (`Connection: keep-alive, Upgrade`) holds the token.
  bool lists(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace cloister::http
