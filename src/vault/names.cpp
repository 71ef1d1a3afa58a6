// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/vault/catalogue.hpp"
#include "cloister/vault/errors.hpp"

#include <algorithm>

namespace cloister::vault {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

base::Result<std::string> parse_dataset_name(const std::string& text) {
  auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
  if (text.empty() || text.size() > base::limits::dataset_name_bytes_max ||
      !(is_letter(text.front()) || text.front() == '_') || !std::ranges::all_of(text, allowed))
    return base::fail(errors::bad_name, "this is not a name that a dataset can have",
                      "1 to 128 letters, digits, '_' or '-', beginning with a letter or '_'");
  return text;
}

base::Result<DatasetReference> parse_dataset_reference(const std::string& text) {
  std::size_t at = text.find('@');
  CLOISTER_TRY(std::string name, parse_dataset_name(text.substr(0, at)));
  if (at == std::string::npos) return DatasetReference{name, std::nullopt};
  std::string digits = text.substr(at + 1);
  if (digits.empty() || digits.size() > 9 || digits.front() == '0' ||
      !std::ranges::all_of(digits, is_digit))
    return base::fail(errors::bad_name, "this is not a version of a dataset",
                      "write NAME@VERSION, for example patients@3");
  return DatasetReference{name, std::stoull(digits)};
}

std::string folded(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool same_name(std::string_view a, std::string_view b) {
  return folded(a) == folded(b);
}

}  // namespace cloister::vault
