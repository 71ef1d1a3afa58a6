// SPDX-License-Identifier: Apache-2.0
// SQL texts: the tokens are the whole text, redacting is bounded and keeps no literal.
#include "cloister/wire/sql_text.hpp"

#include "cloister/base/check.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace wire = cloister::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view sql(reinterpret_cast<const char*>(data), size);
  std::string joined;
  wire::SqlLexer lexer(sql);
  for (auto token = lexer.next(); token; token = lexer.next()) {
    CLOISTER_CHECK(!token->text.empty());
    joined += token->text;
  }
  CLOISTER_CHECK(joined == sql.substr(0, sql.find('\0')));

  std::string redacted = wire::redact_literals(sql, 256);
  CLOISTER_CHECK(redacted.size() <= 256 + 4);
  std::string once = wire::redact_literals(sql, size * 2 + 16);
  wire::SqlLexer left(once);
  for (auto token = left.next(); token; token = left.next())
    CLOISTER_CHECK(token->kind != wire::SqlKind::string && token->kind != wire::SqlKind::number &&
                   token->kind != wire::SqlKind::comment);

  (void)wire::first_keyword(sql);
  CLOISTER_CHECK(wire::statement_count(sql) <= size);
  std::string quoted = wire::quote_version_references(sql);
  CLOISTER_CHECK(wire::quote_version_references(quoted) == quoted);
  return 0;
}
