// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/limits.hpp"
#include "cloister/wire/errors.hpp"
#include "cloister/wire/notebook_json.hpp"

#include "python_number.hpp"

#include <fmt/format.h>

#include <optional>

namespace cloister::wire {
namespace {

namespace limits = base::limits;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_code_point(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

// Recursive descent: the depth is limited, so the stack is.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<NotebookNode> document() {
    CLOISTER_TRY(NotebookNode node, value(0));
    skip_space();
    if (at_ != text_.size()) return bad("something follows the value");
    return node;
  }

 private:
  std::unexpected<base::Error> bad(std::string_view why) const {
    return base::fail(errors::bad_json, fmt::format("not JSON: {} (at byte {})", why, at_));
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").contains(text_[at_])) ++at_;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  base::Result<NotebookNode> value(std::size_t depth) {
    if (depth > limits::notebook_depth_max)
      return base::fail(errors::too_large, "a JSON text nests deeper than allowed");
    if (++values_ > limits::notebook_values_max)
      return base::fail(errors::too_large, "a JSON text holds more values than allowed");
    skip_space();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        CLOISTER_TRY(std::string found, text());
        return NotebookNode(std::move(found));
      }
      default:
        return word_or_number();
    }
  }

  base::Result<NotebookNode> word_or_number() {
    if (take("null")) return NotebookNode();
    if (take("true")) return NotebookNode(true);
    if (take("false")) return NotebookNode(false);
    for (std::string_view word : {"NaN", "Infinity", "-Infinity"})
      if (take(word)) return NotebookNode(NotebookNode::Number{std::string(word)});
    return number();
  }

  std::size_t digits() {
    std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ - start;
  }

  // As Python's scanner: a point or an exponent without digits ends the number before it.
  bool take_fraction() {
    std::size_t start = at_;
    if (take(".") && digits() > 0) return true;
    at_ = start;
    return false;
  }
  bool take_exponent() {
    std::size_t start = at_;
    if (take("e") || take("E")) {
      (void)(take("+") || take("-"));
      if (digits() > 0) return true;
    }
    at_ = start;
    return false;
  }

  base::Result<NotebookNode> number() {
    std::size_t start = at_;
    (void)take("-");
    std::size_t whole = 1;
    if (!take("0")) whole = digits();
    if (whole == 0) return bad("a value is missing");
    bool has_fraction = take_fraction();
    bool has_exponent = take_exponent();
    std::string_view found = text_.substr(start, at_ - start);
    if (has_fraction || has_exponent)
      return NotebookNode(NotebookNode::Number{python_float(found)});
    if (whole > limits::notebook_digits_max)
      return base::fail(errors::too_large, "an integer of a JSON text is longer than allowed");
    return NotebookNode(NotebookNode::Number{python_integer(found)});
  }

  base::Result<NotebookNode> array(std::size_t depth) {
    ++at_;
    NotebookNode::Array elements;
    skip_space();
    if (take("]")) return NotebookNode(std::move(elements));
    while (true) {
      CLOISTER_TRY(NotebookNode element, value(depth + 1));
      elements.push_back(std::move(element));
      skip_space();
      if (take("]")) return NotebookNode(std::move(elements));
      if (!take(",")) return bad("an array lacks a comma");
    }
  }

  base::Result<NotebookNode> object(std::size_t depth) {
    ++at_;
    NotebookNode::Object members;
    skip_space();
    if (take("}")) return NotebookNode(std::move(members));
    while (true) {
      skip_space();
      if (peek() != '"') return bad("an object lacks a key");
      CLOISTER_TRY(std::string key, text());
      skip_space();
      if (!take(":")) return bad("an object lacks a colon");
      CLOISTER_TRY(NotebookNode member, value(depth + 1));
      members.insert_or_assign(std::move(key), std::move(member));
      skip_space();
      if (take("}")) return NotebookNode(std::move(members));
      if (!take(",")) return bad("an object lacks a comma");
    }
  }

  base::Result<std::string> text() {
    ++at_;
    std::string out;
    while (true) {
      std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out += text_.substr(start, at_ - start);
      if (take("\"")) return out;
      if (peek() != '\\') return bad("a text does not end, or holds a control character");
      ++at_;
      CLOISTER_TRY_DO(escape(out));
    }
  }

  base::Outcome escape(std::string& out) {
    static constexpr std::string_view names = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (at_ < text_.size())
      if (std::size_t found = names.find(text_[at_]); found != std::string_view::npos) {
        out += meanings[found];
        ++at_;
        return {};
      }
    auto first = code_unit();
    if (!first) return bad("an unknown escape");
    std::size_t after = at_;
    if (*first >= 0xd800 && *first < 0xdc00 && take("\\")) {
      auto second = code_unit();
      if (second && *second >= 0xdc00 && *second < 0xe000) {
        append_code_point(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
        return {};
      }
      at_ = after;
    }
    append_code_point(out, *first);
    return {};
  }

  // "u" and four hexadecimal digits.
  std::optional<std::uint32_t> code_unit() {
    if (text_.size() - at_ < 5 || text_[at_] != 'u') return std::nullopt;
    std::uint32_t unit = 0;
    for (char c : text_.substr(at_ + 1, 4)) {
      std::size_t digit = std::string_view("0123456789abcdefABCDEF").find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      unit = unit << 4 | static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
    }
    at_ += 5;
    return unit;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

// The length of the well-formed sequence at the front; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                       : lead >= 0xe0 && lead < 0xf0 ? 3
                       : lead >= 0xf0 && lead < 0xf5 ? 4
                                                     : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  bool surrogate = lead == 0xed && byte(1) >= 0xa0;
  bool beyond = lead == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

base::Result<NotebookNode> parse_notebook_json(std::string_view text) {
  if (text.size() > limits::notebook_bytes_max)
    return base::fail(errors::too_large, "a JSON text is larger than allowed");
  if (!is_utf8(text)) return base::fail(errors::bad_json, "not JSON: not UTF-8");
  return Parser(text).document();
}

}  // namespace cloister::wire
