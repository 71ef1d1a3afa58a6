// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/sql_text.hpp"

#include <algorithm>

namespace cloister::wire {
namespace {

// The character classes of DuckDB's scanner (derived from PostgreSQL's scan.l), byte by byte.
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
  return starts_name(c) || is_digit(c) || c == '$';
}
bool ends_line(char c) {
  return c == '\n' || c == '\r';
}

// Positions in `text`; each function takes where something begins and returns where it ends.
struct Cursor {
  std::string_view text;

  char at(std::size_t i) const { return i < text.size() ? text[i] : '\0'; }
  bool has(std::size_t i, std::string_view wanted) const {
    return text.substr(std::min(i, text.size())).starts_with(wanted);
  }
  template <typename Class>
  std::size_t skip(std::size_t i, Class belongs) const {
    while (i < text.size() && belongs(text[i])) ++i;
    return i;
  }

  std::size_t line_comment(std::size_t i) const {
    return skip(i, [](char c) { return !ends_line(c); });
  }

  std::size_t block_comment(std::size_t i, bool& complete) const {
    std::size_t depth = 0;
    while (i < text.size()) {
      if (has(i, "/*")) {
        ++depth;
        i += 2;
      } else if (has(i, "*/")) {
        i += 2;
        if (--depth == 0) return i;
      } else {
        ++i;
      }
    }
    complete = false;
    return i;
  }

  // From the opening quote; a doubled quote is one inside.
  std::size_t quoted(std::size_t i, char quote, bool& complete) const {
    for (++i; i < text.size(); ++i) {
      if (text[i] != quote) continue;
      if (at(i + 1) != quote) return i + 1;
      ++i;
    }
    complete = false;
    return i;
  }

  // A string goes on after white space with a line break in it: 'a' ⏎ 'b' is one literal, and the
  // second part of an E'…' has backslashes too. Where the next part begins, or nowhere.
  std::optional<std::size_t> continued(std::size_t i) const {
    bool line_ended = false;
    while (i < text.size()) {
      if (is_space(text[i])) {
        line_ended = line_ended || ends_line(text[i]);
        ++i;
      } else if (has(i, "--")) {
        i = line_comment(i);
      } else {
        break;
      }
    }
    if (line_ended && at(i) == '\'') return i;
    return std::nullopt;
  }

  std::size_t escape_string(std::size_t i, bool& complete) const {
    for (;;) {
      bool closed = false;
      for (++i; i < text.size() && !closed; ++i) {
        if (text[i] == '\\') {
          ++i;
        } else if (text[i] == '\'') {
          closed = at(i + 1) != '\'';
          if (!closed) ++i;
        }
      }
      i = std::min(i, text.size());
      if (!closed) {
        complete = false;
        return i;
      }
      auto next = continued(i);
      if (!next) return i;
      i = *next;
    }
  }

  // $$ or $tag$ at `i`; empty when there is none.
  std::string_view dollar_tag(std::size_t i) const {
    std::size_t end = i + 1;
    if (starts_name(at(end))) end = skip(end, [](char c) { return starts_name(c) || is_digit(c); });
    if (at(end) != '$') return {};
    return text.substr(i, end + 1 - i);
  }

  std::size_t dollar_string(std::size_t i, std::string_view tag, bool& complete) const {
    std::size_t end = text.find(tag, i + tag.size());
    complete = end != std::string_view::npos;
    return complete ? end + tag.size() : text.size();
  }

  std::size_t digits(std::size_t i) const {
    while (is_digit(at(i)) || (at(i) == '_' && is_digit(at(i + 1)))) ++i;
    return i;
  }

  std::size_t number(std::size_t i) const {
    i = digits(i);
    if (at(i) == '.' && at(i + 1) != '.') i = digits(i + 1);
    if (at(i) == 'e' || at(i) == 'E') {
      std::size_t sign = at(i + 1) == '+' || at(i + 1) == '-' ? 1 : 0;
      if (is_digit(at(i + 1 + sign))) i = digits(i + 1 + sign);
    }
    return i;
  }
};

SqlToken first_token(std::string_view text) {
  Cursor cursor{text};
  SqlToken token;
  std::size_t end = 1;
  char c = text.front();
  char next = cursor.at(1);
  constexpr std::string_view prefixes = "xXbBnN";
  if (is_space(c)) {
    token.kind = SqlKind::space;
    end = cursor.skip(0, is_space);
  } else if (c == '-' && next == '-') {
    token.kind = SqlKind::comment;
    end = cursor.line_comment(0);
  } else if (c == '/' && next == '*') {
    token.kind = SqlKind::comment;
    end = cursor.block_comment(0, token.complete);
  } else if (c == '\'') {
    token.kind = SqlKind::string;
    end = cursor.quoted(0, '\'', token.complete);
  } else if ((c == 'e' || c == 'E') && next == '\'') {
    token.kind = SqlKind::string;
    end = cursor.escape_string(1, token.complete);
  } else if (prefixes.contains(c) && next == '\'') {
    token.kind = SqlKind::string;
    end = cursor.quoted(1, '\'', token.complete);
  } else if (c == '"') {
    token.kind = SqlKind::quoted_identifier;
    end = cursor.quoted(0, '"', token.complete);
  } else if (c == '$' && !cursor.dollar_tag(0).empty()) {
    token.kind = SqlKind::string;
    end = cursor.dollar_string(0, cursor.dollar_tag(0), token.complete);
  } else if (c == '$' && is_digit(next)) {
    token.kind = SqlKind::number;  // a parameter, $1
    end = cursor.skip(1, is_digit);
  } else if (is_digit(c) || (c == '.' && is_digit(next))) {
    token.kind = SqlKind::number;
    end = cursor.number(0);
  } else if (starts_name(c)) {
    token.kind = SqlKind::identifier;
    end = cursor.skip(0, continues_name);
  }
  token.text = text.substr(0, end);
  return token;
}

}  // namespace

SqlLexer::SqlLexer(std::string_view sql) : rest_(sql.substr(0, sql.find('\0'))) {}

std::optional<SqlToken> SqlLexer::next() {
  if (rest_.empty()) return std::nullopt;
  SqlToken token = first_token(rest_);
  rest_.remove_prefix(token.text.size());
  return token;
}

}  // namespace cloister::wire
