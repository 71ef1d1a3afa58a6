// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/notebook_node.hpp"

#include <charconv>

namespace cloister::wire {

bool NotebookNode::is_integer() const {
  return number() != nullptr && number()->text.find_first_of(".eaN") == std::string::npos &&
         !number()->text.ends_with("Infinity");
}

std::optional<std::int64_t> NotebookNode::integer() const {
  if (!is_integer()) return std::nullopt;
  const std::string& text = number()->text;
  std::int64_t found = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return found;
}

const NotebookNode* NotebookNode::find(std::string_view name) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  auto it = members->find(name);
  return it == members->end() ? nullptr : &it->second;
}

NotebookNode* NotebookNode::find(std::string_view name) {
  Object* members = object();
  if (members == nullptr) return nullptr;
  auto it = members->find(name);
  return it == members->end() ? nullptr : &it->second;
}

std::string_view NotebookNode::text_or(std::string_view name, std::string_view otherwise) const {
  const NotebookNode* member = find(name);
  return member != nullptr && member->text() != nullptr ? std::string_view(*member->text())
                                                        : otherwise;
}

}  // namespace cloister::wire
