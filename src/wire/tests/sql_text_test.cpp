// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/sql_text.hpp"

#include "cloister/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cloister::wire {
namespace {

std::vector<SqlToken> tokens_of(std::string_view sql) {
  std::vector<SqlToken> tokens;
  SqlLexer lexer(sql);
  while (auto token = lexer.next()) tokens.push_back(*token);
  return tokens;
}

// The kinds of the tokens, one letter each: easier to read than a list of enumerators.
std::string kinds_of(std::string_view sql) {
  std::string letters;
  for (const SqlToken& token : tokens_of(sql)) {
    constexpr std::string_view names = "_CSNIQ.";
    letters += names[static_cast<std::size_t>(token.kind)];
    if (!token.complete) letters += '!';
  }
  return letters;
}

TEST(SqlLexer, FollowsTheEnginesRules) {
  // Each row was tried on DuckDB 1.5.5.
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a b", "I_I"},
      {"'it''s'", "S"},
      {"'C:\\' a", "S_I"},  // no backslashes in plain strings
      {"E'it\\'s' a", "S_I"},
      {"e'a''b'c", "SI"},
      {"ne'x'", "IS"},  // the prefix is a whole word
      {"_e'a\\' c'", "IS_IS!"},
      {"\"a\"\"b\"c", "QI"},
      {"$$a'b$$", "S"},
      {"$t$a$$b$t$x", "SI"},
      {"$\xc3\xa9$a$\xc3\xa9$", "S"},
      {"a$$b", "I"},  // the dollar belongs to the name
      {"1$$x$$", "NS"},
      {"$1a$a$1a$", "NI"},
      {"$ab'c$'", ".IS"},
      {"1 -- x\r+1", "N_C_.N"},
      {"1 -- 'x\n'y'", "N_C_S"},
      {"/* a /* b */ c */ 1", "C_N"},
      {"1/*/+1*/+1", "NC.N"},
      {"1*/*x*/2", "N.CN"},
      {"E'a'\n'b\\'c' d", "S_I"},        // goes on after a line break, backslashes too
      {"E'a' -- x\n 'b\\'c' d", "S_I"},  // a line comment may stand between
      {"E'a' /**/\n 'b'", "S_C_S"},      // a block comment may not
      {"E'a' 'b\\' c", "S_S_I"},         // nor may the line break be missing
      {"123abc", "NI"},
      {"1_000_", "NI"},
      {"0x1F", "NI"},
      {"1e5 1e-2 1.e2 .5", "N_N_N_N"},
      {"1e'a\\'b'", "NS"},
      {"1..5", "N.N"},
      {"x'41''42'", "S"},
      {"a\xc2\xa0", "I"},
      {"'open", "S!"},
      {"\"open", "Q!"},
      {"/* /* */", "C!"},
      {"$x$open$X$", "S!"},
      {"E'\\", "S!"},
      {std::string("'a\0b'", 6), "S!"},  // the engine's text ends at a NUL
  };
  for (const auto& [sql, kinds] : cases) EXPECT_EQ(kinds_of(sql), kinds) << sql;
}

TEST(SqlLexer, TokensAreTheWholeTextForAnyBytes) {
  base::SeededRandom random(1);
  constexpr std::string_view alphabet = "'\"$eE-/*\\\n\r a1.@;(,_x?\xc3\xa9";
  for (int round = 0; round < 20000; ++round) {
    std::string sql;
    for (std::size_t i = random.next() % 24; i > 0; --i)
      sql += alphabet[random.next() % alphabet.size()];
    std::string joined;
    for (const SqlToken& token : tokens_of(sql)) {
      ASSERT_FALSE(token.text.empty());
      joined += token.text;
    }
    ASSERT_EQ(joined, sql);
  }
}

TEST(RedactLiterals, KeepsTheShapeAndTheNames) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"select ward, avg(los) from patients where age > 65 group by ward",
       "select ward, avg(los) from patients where age > ? group by ward"},
      {"SELECT * FROM t WHERE name = 'O''Brien' AND x < -1.5e3;",
       "SELECT * FROM t WHERE name = ? AND x < -?;"},
      {"select 1 /* note */ + -- why\n 2", "select ? + ?"},
      {"  \n select\t\"first name\" from \"t\"  ", "select \"first name\" from \"t\""},
      {"select date '2020-01-01', '1'::int, x[3], {'k': 1}", "select date ?, ?::int, x[?], {?: ?}"},
      {"where id in (1, 2, 3, 4) and b in ('x' , 'y')", "where id in (?, ...) and b in (?, ?)"},
      {"values (1, 'a', x, 2, 3, 4, x)", "values (?, ?, x, ?, ..., x)"},
      {"select 1, 2, 3::int", "select ?, ..., ?::int"},
      {"select 1, 2, 3 + 4", "select ?, ..., ? + ?"},
      {"limit 10 offset 20", "limit ? offset ?"},
      {"select $1, ?, $name, #1", "select ?, ?, $name, #?"},
      {"from visits@3", "from visits@?"},
      {"select 0x1F, 1_000_, 12abc", "select ?, ..."},
      {"select 1 , 2 , 3 , a", "select ?, ..., a"},
      {"", ""},
      {"-- nothing", ""},
  };
  for (const auto& [sql, redacted] : cases) EXPECT_EQ(redact_literals(sql), redacted) << sql;
}

// SECURITY: each of these holds `secret` only where the engine sees a value or a comment.
TEST(RedactLiterals, NoSecretSurvives) {
  const std::vector<std::string> cases{
      "select 'secret'",
      "select 'a''secret'",
      "select 'a\\' , 'secret'",
      "select E'a\\'secret'",
      "select e'\\\\\\'secret'",
      "select E'a'\n'b\\' secret'",
      "select E'a' -- '\n'b\\' secret'",
      "select $$secret$$",
      "select $$it's secret$$, 'x'",
      "select $t$ $$ 'secret $t$",
      "select $\xc3\xa9$ secret $\xc3\xa9$",
      "select $t$ secret $T$ secret $t$",
      "select a$$b, '$$ secret'",
      "select 1$$secret$$",
      "select 1e$$b, '$$ secret'",
      "select x'secret', b'secret', n'secret'",
      "select ne'\\', 'secret'",
      "select 'open secret",
      "select E'open \\' secret",
      "select $$open secret",
      "select \"open secret",
      "select 1 -- secret",
      "select 1 -- ' \n, 'secret'",
      "select 1 -- ' \r, 'secret'",
      "select 1 /* secret */ /* /* */ secret */",
      "select 1 /* open secret /* */",
      "select 1 /* ' */, 'secret' /* ' */",
      "select '/*', 'secret' -- */",
      "select '--', 'secret'",
      "select \"--\", 'secret'",
      "select \"'\", 'secret', \"'\"",
      "select 1*/*'*/ 2, 'secret'",
      "select 12secret",
      "select 12.5secret",
      "select 1_secret",
      "pivot t on city in (secret, \"also secret\") using sum(x)",
      "from t pivot (sum(x) for city in (secret as s, 'secret'))",
      "PIVOT t ON c IN ((secret), (secret)) USING sum(x)",
      "select 'a\xc2\xa0' || E'\\'' || $t\xc2\xa0$ secret $t\xc2\xa0$",
      "select x\xe2\x80\x83$$secret$$",
      "select 1\xe3\x80\x80'secret'",
      std::string("select 'a\0 secret", 17),
      std::string("select 1 \0 secret", 17),
  };
  for (const std::string& sql : cases) {
    std::string redacted = redact_literals(sql);
    EXPECT_EQ(redacted.find("secret"), std::string::npos) << sql << "\n→ " << redacted;
    EXPECT_TRUE(redacted.starts_with("select") || redacted.starts_with("pivot") ||
                redacted.starts_with("from") || redacted.starts_with("PIVOT"))
        << redacted;
  }
}

// Statements out of random pieces, each of which is known to be a name or a value.
TEST(RedactLiterals, RandomStatementsKeepNamesAndLoseValues) {
  base::SeededRandom random(7);
  const std::vector<std::string> values{
      "'zq'", "E'\\'zq'", "e'zq\\\\'", "$$zq'$$", "$a$zq$$$a$", "'zq''zq'", "'zq\\'",
      "77",   "7.7e7",    "x'zq'",     "'--zq'",  "'/*zq'",     "'\"zq'"};
  const std::vector<std::string> names{"alpha",       "\"be'ta\"", "gam$$ma",
                                       "\"de--lta\"", "e",         "\"E\""};
  const std::vector<std::string> gaps{" ", "\n", " /* zq ' */ ", " -- zq \" $$\n",
                                      "\t/* /* zq */ */ "};
  const std::vector<std::string> marks{"=", "(", ")", "+", "||", "::", ";"};
  auto pick = [&random](const auto& from) { return from[random.next() % from.size()]; };
  for (int round = 0; round < 5000; ++round) {
    std::string sql;
    std::string kept;
    for (std::size_t i = 1 + random.next() % 12; i > 0; --i) {
      std::uint64_t kind = random.next() % 3;
      if (kind == 0) {
        std::string value = pick(values);
        sql += value;
        // Another string on the next line would go on in the first one's mode.
        if (value.front() == 'E' || value.front() == 'e') sql += '+', kept += '+';
      }
      if (kind > 0) {
        std::string piece = kind == 1 ? pick(names) : pick(marks);
        sql += piece;
        kept += piece;
      }
      sql += pick(gaps);
    }
    std::string redacted = redact_literals(sql);
    ASSERT_EQ(redacted.find("zq"), std::string::npos) << sql << "\n→ " << redacted;
    ASSERT_EQ(redacted.find('7'), std::string::npos) << sql << "\n→ " << redacted;
    std::erase_if(redacted, [](char c) { return c == ' ' || c == '?'; });
    ASSERT_EQ(redacted, kept) << sql;
  }
}

TEST(RedactLiterals, IsBoundedHoweverLongTheStatement) {
  std::string list = "select x from t where id in (0";
  for (int i = 1; i < 100000; ++i) list += ", " + std::to_string(i);
  EXPECT_EQ(redact_literals(list + ")"), "select x from t where id in (?, ...)");
  std::string rows = "values (1,'secret')";
  for (int i = 0; i < 100000; ++i) rows += ", (1,'secret')";
  std::string redacted = redact_literals(rows, 100);
  EXPECT_LE(redacted.size(), 104u);
  EXPECT_TRUE(redacted.ends_with(" ..."));
  EXPECT_EQ(redacted.find("secret"), std::string::npos);
}

TEST(RedactLiterals, IsIdempotent) {
  for (const char* sql : {"select 'a', 1, x from t where y in (1, 2)", "pivot t on c in (a, b)"}) {
    std::string once = redact_literals(sql);
    EXPECT_EQ(redact_literals(once), once);
  }
}

TEST(FirstKeyword, SkipsCommentsBracketsAndSpace) {
  EXPECT_EQ(first_keyword("select 1"), "select");
  EXPECT_EQ(first_keyword(" /* x */ -- y\n ((WITH a"), "with");
  EXPECT_EQ(first_keyword(";; From t"), "from");
  EXPECT_EQ(first_keyword("'select'"), "");
  EXPECT_EQ(first_keyword("\"select\""), "");
  EXPECT_EQ(first_keyword("1 select"), "");
  EXPECT_EQ(first_keyword(""), "");
}

TEST(StatementCount, SeesSemicolonsOnlyWhereTheyEndAStatement) {
  EXPECT_EQ(statement_count(""), 0u);
  EXPECT_EQ(statement_count(" ; -- x\n ; "), 0u);
  EXPECT_EQ(statement_count("select 1"), 1u);
  EXPECT_EQ(statement_count("select 1;"), 1u);
  EXPECT_EQ(statement_count("select ';' || $$;$$ || \";\" /* ; */ -- ;\n"), 1u);
  EXPECT_EQ(statement_count("select 1; drop table t"), 2u);
  EXPECT_EQ(statement_count("select E'\\';' ; select 2; select 3"), 3u);
  EXPECT_EQ(statement_count("select 'a\\'; select 2"), 2u);
}

TEST(QuoteVersionReferences, QuotesNamesWithAVersion) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"from visits@3", "from \"visits@3\""},
      {"select * from visits@12 v, b@1;", "select * from \"visits@12\" v, \"b@1\";"},
      {"from \"my visits\"@3 where x=1", "from \"my visits@3\" where x=1"},
      {"from \"a\"\"b\"@3", "from \"a\"\"b@3\""},
      {"select visits@3.age from visits@3", "select \"visits@3\".age from \"visits@3\""},
      {"select a@2.e2 from a@2, e2@12", "select \"a@2\".e2 from \"a@2\", \"e2@12\""},
      {"from (visits@3)", "from (\"visits@3\")"},
      {"from caf\xc3\xa9@2", "from \"caf\xc3\xa9@2\""},
      // Everything else stays as it is, byte for byte.
      {"select 'visits@3', $$visits@3$$ -- visits@3\n",
       "select 'visits@3', $$visits@3$$ -- visits@3\n"},
      {"select /* visits@3 */ \"visits@3\"", "select /* visits@3 */ \"visits@3\""},
      {"from visits @3", "from visits @3"},
      {"from visits@ 3", "from visits@ 3"},
      {"from visits@3x", "from visits@3x"},
      {"from visits@3.5", "from visits@3.5"},
      {"from visits@1234567890", "from visits@1234567890"},
      {"select@3", "select@3"},
      {"SELECT x WHERE@3 > 1 AND@2 > 1", "SELECT x WHERE@3 > 1 AND@2 > 1"},
      {"select @3, 5@3, (a)@3", "select @3, 5@3, (a)@3"},
      {"from visits@", "from visits@"},
      {"from \"open@3", "from \"open@3"},
      {"", ""},
  };
  for (const auto& [sql, quoted] : cases) EXPECT_EQ(quote_version_references(sql), quoted) << sql;
}

TEST(QuoteVersionReferences, ChangesNothingElseForAnyBytes) {
  base::SeededRandom random(3);
  constexpr std::string_view alphabet = "'\"$eE-/*\\\n a1.@3@;(\xc3\xa9";
  for (int round = 0; round < 20000; ++round) {
    std::string sql;
    for (std::size_t i = random.next() % 16; i > 0; --i)
      sql += alphabet[random.next() % alphabet.size()];
    std::string quoted = quote_version_references(sql);
    // Quoting only adds and moves quotation marks.
    std::string before = sql;
    std::string after = quoted;
    std::erase(before, '"');
    std::erase(after, '"');
    ASSERT_EQ(after, before) << sql;
    ASSERT_EQ(quote_version_references(quoted), quoted) << sql;
  }
}

}  // namespace
}  // namespace cloister::wire
