// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/json5.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace cloister::wire {
namespace {

bool is_space(unsigned char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_name_start(unsigned char c) {
  return std::isalpha(c) != 0 || c == '_' || c == '$' || c >= 0x80;
}

bool is_name_part(unsigned char c) {
  return is_name_start(c) || std::isdigit(c) != 0;
}

void append_utf8(std::string& out, std::uint32_t point) {
  auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | (point >> 6));
    return put(0x80 | (point & 0x3f));
  }
  if (point < 0x10000) {
    put(0xe0 | (point >> 12));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
  }
  put(0x80 | ((point >> 6) & 0x3f));
  put(0x80 | (point & 0x3f));
}

// Recursive descent; every method leaves `at_` behind what it read, or sets `wrong_`.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  base::Result<json::value> read() {
    json::value value = read_value(0);
    skip_space();
    if (wrong_.empty() && at_ != text_.size()) wrong("something follows the value");
    if (wrong_.empty()) return value;
    auto line = 1 + std::ranges::count(text_.substr(0, std::min(at_, text_.size())), '\n');
    return base::fail(errors::bad_json, fmt::format("not JSON: {} in line {}", wrong_, line));
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view word) {
    if (!text_.substr(std::min(at_, text_.size())).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  json::value wrong(std::string_view what) {
    if (wrong_.empty()) wrong_ = what;
    return nullptr;
  }
  void skip_space();
  json::value read_value(std::size_t depth);
  json::value read_object(std::size_t depth);
  json::value read_array(std::size_t depth);
  std::string read_key();
  std::string read_string(char quote);
  void read_escape(std::string& out);
  std::uint32_t read_hex(int digits);
  json::value read_word();
  json::value read_number();

  std::string_view text_;
  std::size_t at_ = 0;
  std::string wrong_;
};

void Reader::skip_space() {
  for (;;) {
    if (is_space(static_cast<unsigned char>(peek())) && at_ < text_.size()) {
      ++at_;
    } else if (take("\xc2\xa0") || take("\xef\xbb\xbf") || take("\xe2\x80\xa8") ||
               take("\xe2\x80\xa9")) {  // no-break space, byte order mark, line separators
    } else if (take("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (take("/*")) {
      std::size_t end = text_.find("*/", at_);
      if (end == text_.npos) return void(wrong("a comment does not end"));
      at_ = end + 2;
    } else {
      return;
    }
  }
}

json::value Reader::read_value(std::size_t depth) {
  if (depth > base::limits::json_depth_max) return wrong("too many levels");
  skip_space();
  char c = peek();
  if (c == '{') return read_object(depth);
  if (c == '[') return read_array(depth);
  if (c == '"' || c == '\'') return json::value(read_string(c));
  if (is_name_start(static_cast<unsigned char>(c))) return read_word();
  return read_number();
}

json::value Reader::read_object(std::size_t depth) {
  json::object object;
  ++at_;
  for (skip_space(); wrong_.empty() && !take("}"); skip_space()) {
    std::string key = read_key();
    skip_space();
    if (wrong_.empty() && !take(":")) wrong("a colon is missing");
    if (wrong_.empty()) object[key] = read_value(depth + 1);
    skip_space();
    if (wrong_.empty() && !take(",") && peek() != '}') wrong("a comma or } is missing");
  }
  return object;
}

json::value Reader::read_array(std::size_t depth) {
  json::array array;
  ++at_;
  for (skip_space(); wrong_.empty() && !take("]"); skip_space()) {
    array.push_back(read_value(depth + 1));
    skip_space();
    if (wrong_.empty() && !take(",") && peek() != ']') wrong("a comma or ] is missing");
  }
  return array;
}

std::string Reader::read_key() {
  char c = peek();
  if (c == '"' || c == '\'') return read_string(c);
  std::size_t start = at_;
  if (is_name_start(static_cast<unsigned char>(c)))
    while (is_name_part(static_cast<unsigned char>(peek()))) ++at_;
  if (at_ == start) wrong("a key is missing");
  return std::string(text_.substr(start, at_ - start));
}

std::string Reader::read_string(char quote) {
  std::string out;
  ++at_;
  while (wrong_.empty()) {
    if (at_ >= text_.size() || peek() == '\n') return wrong("a string does not end"), out;
    char c = text_[at_++];
    if (c == quote) break;
    if (c == '\\')
      read_escape(out);
    else
      out += c;
  }
  return out;
}

void Reader::read_escape(std::string& out) {
  constexpr std::string_view letters = "bfnrtv0";
  constexpr std::string_view meant("\b\f\n\r\t\v\0", 7);
  char c = at_ < text_.size() ? text_[at_++] : '\0';
  if (std::size_t i = letters.find(c); c != '\0' && i != letters.npos) {
    out += meant[i];
  } else if (c == 'x') {
    append_utf8(out, read_hex(2));
  } else if (c == 'u') {
    std::uint32_t point = read_hex(4);
    if (point >= 0xd800 && point < 0xdc00 && take("\\u")) {
      std::uint32_t low = read_hex(4);
      if (low < 0xdc00 || low > 0xdfff) return void(wrong("half a surrogate pair"));
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    if (point >= 0xd800 && point <= 0xdfff) return void(wrong("half a surrogate pair"));
    append_utf8(out, point);
  } else if (c == '\r') {
    take("\n");
  } else if (c != '\n') {
    out += c;
  }
}

std::uint32_t Reader::read_hex(int digits) {
  std::uint32_t value = 0;
  for (int i = 0; i < digits; ++i, ++at_) {
    unsigned char c = static_cast<unsigned char>(peek());
    if (std::isxdigit(c) == 0) return wrong("a hexadecimal digit is missing"), 0;
    value = value * 16 +
            static_cast<std::uint32_t>(std::isdigit(c) != 0 ? c - '0' : (c | 32) - 'a' + 10);
  }
  return value;
}

json::value Reader::read_word() {
  std::size_t start = at_;
  while (is_name_part(static_cast<unsigned char>(peek()))) ++at_;
  std::string_view word = text_.substr(start, at_ - start);
  if (word == "true") return true;
  if (word == "false") return false;
  if (word == "null") return nullptr;
  return wrong(word == "Infinity" || word == "NaN" ? "a number without a JSON value"
                                                   : "an unknown word");
}

json::value Reader::read_number() {
  bool negative = peek() == '-';
  if (negative || peek() == '+') ++at_;
  if (take("0x") || take("0X")) {
    std::uint64_t value = 0;
    const char* first = text_.data() + at_;
    auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value, 16);
    if (error != std::errc() || value > INT64_MAX) return wrong("not a number");
    at_ += static_cast<std::size_t>(end - first);
    auto number = static_cast<std::int64_t>(value);
    return negative ? -number : number;
  }
  std::size_t start = at_;
  while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '.' ||
         ((peek() == '-' || peek() == '+') && (text_[at_ - 1] | 32) == 'e'))
    ++at_;
  std::string digits(text_.substr(start, at_ - start));
  if (digits.starts_with('0') && digits.size() > 1 &&
      std::isdigit(static_cast<unsigned char>(digits[1])) != 0)
    return wrong("a number begins with 0");
  if (digits.find_first_of(".eE") == digits.npos) {
    std::int64_t whole = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (!digits.empty() && error == std::errc() && end == digits.data() + digits.size())
      return negative ? -whole : whole;
  }
  double value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool rest_is_point = end + 1 == digits.data() + digits.size() && *end == '.';  // "5."
  if (digits.empty() || error != std::errc() || !std::isfinite(value) ||
      (end != digits.data() + digits.size() && !rest_is_point))
    return wrong("not a value");
  return negative ? -value : value;
}

}  // namespace

base::Result<json::value> parse_json5(std::string_view text) {
  if (text.size() > base::limits::json_bytes_max)
    return base::fail(errors::bad_json, "a JSON text is larger than allowed");
  return Reader(text).read();
}

}  // namespace cloister::wire
