// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/sql_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cloister::wire {
namespace {

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// White space beyond ASCII that DuckDB replaces before its lexer sees the text, by rules of its own
// about quotes (found by trying every code point on 1.5.5).
bool has_special_space(std::string_view sql) {
  static constexpr std::array<std::string_view, 5> single{
      "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf"};
  auto found = [sql](std::string_view space) { return sql.find(space) != std::string_view::npos; };
  if (std::ranges::any_of(single, found) || found("\xe2\x81\xa0")) return true;
  for (std::size_t at = sql.find("\xe2\x80"); at != std::string_view::npos;
       at = sql.find("\xe2\x80", at + 1)) {
    if (at + 2 < sql.size() && static_cast<unsigned char>(sql[at + 2]) <= 0x8d) return true;
  }
  return false;
}

// Writes the redacted statement token by token.
class Redactor {
 public:
  explicit Redactor(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // False when the text is full.
  bool add(const SqlToken& token) {
    if (token.kind == SqlKind::space || token.kind == SqlKind::comment) {
      space_ = true;
      return true;
    }
    watch_for_pivot(token);
    bool same_number = after_number_ && !space_;
    bool value = is_value(token, same_number);
    if (value && same_number) {
      // Already there: 0x1F is the number 0 and the name x1F to the engine.
    } else if (value) {
      add_value();
    } else if (list_ == List::value && token.text == ",") {
      list_ = List::comma;
    } else {
      end_list(token.text);
      append(token.text);
    }
    after_number_ = token.kind == SqlKind::number || (value && same_number);
    space_ = false;
    return !full_;
  }

  std::string take() {
    end_list(";");
    return std::move(text_);
  }

 private:
  enum class List { none, value, comma };

  // PIVOT … ON city IN (Oslo, "New York") means values, though they are written like names.
  void watch_for_pivot(const SqlToken& token) {
    std::string word = token.kind == SqlKind::identifier ? lower(token.text) : "";
    pivots_ = pivots_ || word.starts_with("pivot") || word.starts_with("unpivot");
    if (pivot_depth_ > 0) {
      if (token.text == "(") ++pivot_depth_;
      if (token.text == ")") --pivot_depth_;
    } else if (pivots_ && after_in_ && token.text == "(") {
      pivot_depth_ = 1;
    }
    after_in_ = word == "in";
  }

  bool is_value(const SqlToken& token, bool same_number) const {
    if (token.kind == SqlKind::string || token.kind == SqlKind::number) return true;
    bool name = token.kind == SqlKind::identifier || token.kind == SqlKind::quoted_identifier;
    return name && (!token.complete || pivot_depth_ > 0 || same_number);
  }

  void add_value() {
    if (list_ == List::comma) {
      ++held_;
    } else {
      end_list(",");
      append("?");
    }
    list_ = List::value;
  }

  // Of three or more values in a row only the first is written, and the last where more follows it
  // than the list's end: 1, 2, 3::int.
  void end_list(std::string_view next) {
    if (held_ > 1) append_plain(", ...");
    bool ends = list_ == List::comma || next == ")" || next == "]" || next == "}" || next == ";";
    if (held_ == 1 || (held_ > 1 && !ends)) append_plain(", ?");
    if (list_ == List::comma) append_plain(",");
    held_ = 0;
    list_ = List::none;
  }

  void append(std::string_view piece) {
    if (space_ && !text_.empty()) append_plain(" ");
    append_plain(piece);
  }

  void append_plain(std::string_view piece) {
    if (full_) return;
    if (text_.size() + piece.size() > bytes_max_) {
      full_ = true;
      text_ += " ...";
      return;
    }
    text_ += piece;
  }

  std::size_t bytes_max_;
  std::string text_;
  List list_ = List::none;
  std::size_t held_ = 0;  // values after the first that are not written yet
  bool full_ = false;
  bool space_ = false;
  bool after_number_ = false;
  bool pivots_ = false;
  bool after_in_ = false;
  std::size_t pivot_depth_ = 0;
};

// Words after which `@3` is DuckDB's absolute value, not a version.
bool is_keyword(std::string_view word) {
  static constexpr auto words = std::to_array<std::string_view>(
      {"all",       "and",    "as",        "asc",      "between", "by",    "case",    "desc",
       "distinct",  "else",   "end",       "except",   "filter",  "from",  "group",   "having",
       "ilike",     "in",     "intersect", "interval", "is",      "join",  "lateral", "like",
       "limit",     "not",    "offset",    "on",       "or",      "order", "over",    "qualify",
       "returning", "select", "set",       "similar",  "some",    "then",  "to",      "union",
       "using",     "values", "when",      "where",    "with"});
  static_assert(std::ranges::is_sorted(words));
  return std::ranges::binary_search(words, lower(word));
}

std::size_t digits_at(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

// "@3" at the start of `rest`, followed by nothing that would make it something else.
std::size_t version_suffix(std::string_view rest) {
  if (!rest.starts_with('@')) return 0;
  std::size_t digits = digits_at(rest.substr(1));
  if (digits == 0 || digits > 9) return 0;
  std::string_view after = rest.substr(1 + digits);
  if (after.empty()) return 1 + digits;
  char c = after.front();
  bool goes_on = c == '_' || c == '$' || c == '@' || c == '\'' || c == '"' ||
                 (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 static_cast<unsigned char>(c) >= 0x80;
  if (goes_on || (c == '.' && digits_at(after.substr(1)) > 0)) return 0;
  return 1 + digits;
}

}  // namespace

std::string redact_literals(std::string_view sql, std::size_t bytes_max) {
  if (has_special_space(sql)) {
    // Where the quotes are depends on the engine's reading of these: nothing is kept.
    std::string word = first_keyword(sql);
    return is_keyword(word) ? word + " ?" : "?";
  }
  Redactor redactor(bytes_max);
  SqlLexer lexer(sql);
  for (auto token = lexer.next(); token; token = lexer.next())
    if (!redactor.add(*token)) break;
  return redactor.take();
}

std::string first_keyword(std::string_view sql) {
  SqlLexer lexer(sql);
  for (auto token = lexer.next(); token; token = lexer.next()) {
    if (token->kind == SqlKind::identifier) return lower(token->text);
    bool skipped = token->kind == SqlKind::space || token->kind == SqlKind::comment ||
                   token->text == "(" || token->text == ";";
    if (!skipped) break;
  }
  return {};
}

std::size_t statement_count(std::string_view sql) {
  std::size_t count = 0;
  bool inside = false;
  SqlLexer lexer(sql);
  for (auto token = lexer.next(); token; token = lexer.next()) {
    if (token->kind == SqlKind::space || token->kind == SqlKind::comment) continue;
    bool ends = token->text == ";";
    if (!ends && !inside) ++count;
    inside = !ends;
  }
  return count;
}

std::string quote_version_references(std::string_view sql) {
  std::string out;
  out.reserve(sql.size() + 16);
  std::string_view rest = sql;
  SqlLexer lexer(sql);
  for (auto token = lexer.next(); token; token = lexer.next()) {
    std::string_view text = token->text;
    rest.remove_prefix(text.size());
    bool plain = token->kind == SqlKind::identifier && !is_keyword(text);
    bool quoted = token->kind == SqlKind::quoted_identifier && token->complete;
    std::size_t suffix = plain || quoted ? version_suffix(rest) : 0;
    if (suffix == 0) {
      out += text;
      continue;
    }
    out += '"';
    out += quoted ? text.substr(1, text.size() - 2) : text;
    out += rest.substr(0, suffix);
    out += '"';
    // The digits end the name: in t@2.e2 the engine would read the number 2.e2 otherwise.
    rest.remove_prefix(suffix);
    lexer.skip(suffix);
  }
  out += rest;  // after a NUL byte: for the engine to refuse
  return out;
}

}  // namespace cloister::wire
