// SPDX-License-Identifier: Apache-2.0
// SQL as text: enough of DuckDB's lexical rules to tell names from values. Decides nothing about
// access: whether a statement only reads is for the engine's own parser to say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cloister::wire {

enum class SqlKind {
  space,
  comment,  // -- to the end of the line, or /* nested */
  string,   // '…', E'…', $tag$…$tag$, and X'…' B'…' N'…' with their letter
  number,
  identifier,         // keywords too
  quoted_identifier,  // "…"
  symbol,             // one byte of an operator or of punctuation
};

struct SqlToken {
  SqlKind kind = SqlKind::symbol;
  std::string_view text;  // the bytes of the statement, quotes included
  bool complete = true;   // false: the closing quote or comment end is missing
};

// Cuts a statement into tokens as DuckDB 1.5.5's lexer does; together they are the whole text, each
// byte once. Never fails; a NUL byte ends the text, as in the engine. Not thread-safe.
class SqlLexer {
 public:
  explicit SqlLexer(std::string_view sql);
  std::optional<SqlToken> next();
  void skip(std::size_t bytes) { rest_.remove_prefix(bytes); }  // goes on behind them

 private:
  std::string_view rest_;
};

// The statement with every literal replaced by `?`, comments dropped, white space folded, lists of
// literals shortened to `?, ...`, and cut after `bytes_max` bytes: for the ledger.
// SECURITY: no value of the statement survives (test: RedactLiterals.NoSecretSurvives). What could
// be read in two ways is replaced as well; names of tables and columns stay.
std::string redact_literals(std::string_view sql, std::size_t bytes_max = 16u << 10);

// The first word in lower case, comments and opening brackets skipped; empty when there is none.
std::string first_keyword(std::string_view sql);

// How many statements stand between the semicolons; empty ones do not count.
std::size_t statement_count(std::string_view sql);

// Turns a reference to a version of a dataset, name@3 or "my name"@3, into a quoted identifier:
// "name@3". Only without spaces, outside strings and comments, and not after a keyword (SELECT@3 is
// DuckDB's absolute value).
std::string quote_version_references(std::string_view sql);

}  // namespace cloister::wire
