// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_errors.hpp"

#include "scratch.hpp"

#include <sys/stat.h>

#include <thread>

namespace cloister::data {
namespace {

class Query : public testing::Test {
 protected:
  void SetUp() override {
    auto reply = scratch.import("t.csv", "id,ward\n1,CANARY-5\n2,b\n3,b\n");
    ASSERT_TRUE(reply) << reply.error().message;
  }
  std::string run(const std::string& sql) { return Scratch::text_of(scratch.query(engine, sql)); }
  Scratch scratch;
  QueryEngine engine{scratch.options()};
};
using QueryLockdown = Query;

TEST_F(Query, ReadsWhatWasSealed) {
  EXPECT_EQ(run("SELECT ward, count(*) FROM t GROUP BY ward ORDER BY ward"),
            R"([["CANARY-5",1],["b",2]])");
  EXPECT_EQ(run("WITH x AS (SELECT * FROM t) SELECT max(id) FROM x"), "[[3]]");
  EXPECT_EQ(run("FROM t SELECT id LIMIT 1"), "[[1]]");
  EXPECT_EQ(run("VALUES (1), (2)"), "[[1],[2]]");
  EXPECT_EQ(run("SELECT count(*) FROM (DESCRIBE t)"), "[[2]]");
  EXPECT_EQ(run("SELECT sum(range) FROM range(4)"), "[[6]]");
}

TEST_F(Query, TellsWhenRowsWereLeftOut) {
  auto two = scratch.query(engine, "FROM t ORDER BY id", "t", 2);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->reply.rows, 2u);
  EXPECT_TRUE(two->reply.truncated);
  auto all = scratch.query(engine, "FROM t", "t", 3);
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->reply.truncated);
}

TEST_F(Query, NamesWithAVersionAreNames) {
  EXPECT_EQ(Scratch::text_of(scratch.query(engine, "SELECT count(*) FROM \"t@3\"", "t@3")),
            "[[3]]");
}

TEST_F(Query, ADatasetMoreIsAttachedLater) {
  EXPECT_EQ(run("SELECT count(*) FROM t"), "[[3]]");
  EXPECT_EQ(
      Scratch::text_of(scratch.query(engine, "SELECT count(*) FROM t JOIN u USING (id)", "u")),
      "[[3]]");
  EXPECT_TRUE(run("SELECT * FROM never_given").starts_with("data.sql"));
}

// Nothing of a statement reaches a file, an extension, a setting or the engine's inside.
TEST_F(QueryLockdown, RefusesEveryWayOut) {
  ASSERT_EQ(run("SELECT 1"), "[[1]]");
  const std::string outside = scratch.write("outside.csv", "a\nCANARY-6\n");
  for (const std::string& sql :
       std::vector<std::string>{"SELECT * FROM read_csv('" + outside + "')",
                                "FROM '" + outside + "'",
                                "FROM read_text('" + outside + "')",
                                "FROM read_blob('/proc/self/environ')",
                                "FROM read_blob('descriptor://1')",
                                "FROM 'descriptor://1'",
                                "FROM read_json('" + outside + "')",
                                "FROM read_parquet('x.parquet')",
                                "FROM parquet_metadata('x.parquet')",
                                "FROM glob('/*')",
                                "FROM sniff_csv('x')",
                                "FROM main.read_csv('" + outside + "')",
                                "FROM system.main.read_csv('" + outside + "')",
                                "FROM query('SELECT 1')",
                                "FROM query_table('t')",
                                "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
                                "FROM duckdb_settings()",
                                "FROM duckdb_databases()",
                                "FROM duckdb_secrets()",
                                "FROM duckdb_logs()",
                                "FROM duckdb_extensions()",
                                "FROM pragma_database_list()",
                                "FROM information_schema.tables",
                                "FROM pg_catalog.pg_tables",
                                "FROM sealed_0.data",
                                "FROM sealed_0.main.data",
                                "FROM arrow_scan(1, 2, 3)",
                                "SHOW TABLES",
                                "SHOW ALL TABLES",
                                "COPY t TO '" + scratch.folder + "/out.csv'",
                                "EXPORT DATABASE '/tmp/x'",
                                "ATTACH '" + scratch.made() + "' AS x",
                                "DETACH sealed_0",
                                "INSTALL httpfs",
                                "LOAD json",
                                "LOAD '/tmp/x.duckdb_extension'",
                                "SET threads=1",
                                "RESET threads",
                                "SET enable_external_access=true",
                                "PRAGMA database_list",
                                "PRAGMA threads=1",
                                "CREATE TABLE x AS FROM t",
                                "INSERT INTO t VALUES (1, 'x')",
                                "DROP VIEW t",
                                "CREATE SECRET s (TYPE s3)",
                                "USE sealed_0",
                                "CALL pragma_version()",
                                "CHECKPOINT",
                                "EXPLAIN ANALYZE CREATE TABLE x (a INT)",
                                "EXPLAIN COPY t TO 'x'",
                                "WITH x AS (DELETE FROM t RETURNING *) FROM x",
                                "PREPARE p AS FROM t",
                                "EXECUTE p",
                                "BEGIN",
                                "VACUUM",
                                "SELECT 1; SELECT 2",
                                "",
                                "SELECT getenv('HOME')"}) {
    const std::string answer = run(sql);
    EXPECT_TRUE(answer.starts_with("data.sql") || answer.starts_with("data.not-read-only"))
        << sql << "\n"
        << answer;
    EXPECT_EQ(answer.find("CANARY"), std::string::npos) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists(scratch.folder + "/out.csv"));
}

// Nothing that SQL can call tells the key.
TEST_F(QueryLockdown, NoFunctionTellsTheKey) {
  const std::string key = base::to_base64(scratch.key.view());
  for (const char* sql : {"SELECT current_query()", "SELECT current_setting('temp_directory')",
                          "SELECT current_database()", "EXPLAIN SELECT * FROM t",
                          "EXPLAIN ANALYZE SELECT * FROM t", "SUMMARIZE t"})
    EXPECT_EQ(run(sql).find(key), std::string::npos) << sql;
}

TEST_F(Query, NamesAreThoseOfDatasetsAlone) {
  auto names = [&](const std::string& sql) {
    auto analysis = engine.analyse(sql);
    if (!analysis) return "error: " + analysis.error().message;
    if (!analysis->refusal.empty()) return "refused: " + analysis->refusal;
    std::string out;
    for (const std::string& name : analysis->names) out += (out.empty() ? "" : " ") + name;
    return out;
  };
  EXPECT_EQ(names("SELECT * FROM a JOIN b USING (x), c"), "a b c");
  EXPECT_EQ(names("SELECT (SELECT max(x) FROM a) FROM b WHERE y IN (FROM c)"), "a b c");
  EXPECT_EQ(names("WITH a AS (FROM b) SELECT * FROM a"), "b");
  EXPECT_EQ(names("WITH a AS (FROM a) SELECT * FROM A"), "a");
  EXPECT_EQ(names("SELECT * FROM (WITH a AS (FROM b) FROM a), a"), "a b");
  EXPECT_EQ(names("WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r, s) FROM r"), "s");
  EXPECT_EQ(names("PIVOT a ON (x) USING count(*)"), "a");
  EXPECT_EQ(names("PIVOT a ON x IN ('p', 'q') USING sum(y)"), "a");
  EXPECT_EQ(names("UNPIVOT a ON x, y"), "a");
  EXPECT_EQ(names("DESCRIBE a"), "a");
  EXPECT_EQ(names("SUMMARIZE SELECT * FROM a"), "a");
  EXPECT_EQ(names("EXPLAIN SELECT * FROM a"), "a");
  EXPECT_EQ(names("SELECT * FROM \"a@3\" LIMIT (SELECT count(*) FROM b)"), "a@3 b");
  EXPECT_EQ(names("SELECT x FROM a UNION SELECT y FROM b ORDER BY (SELECT max(z) FROM c)"),
            "a b c");
  EXPECT_EQ(names("SELECT list_transform([1], v -> v + (SELECT count(*) FROM a))"), "a");
  EXPECT_EQ(names("VALUES ((SELECT max(x) FROM a))"), "a");
  EXPECT_EQ(names("SELECT count(*) FILTER (WHERE x IN (FROM b)) OVER (ORDER BY (FROM c)) FROM a"),
            "a b c");
  EXPECT_EQ(names("FROM a ASOF JOIN b ON a.t >= b.t"), "a b");
  EXPECT_TRUE(names("SELEC").starts_with("error: Parser Error"));
}

TEST_F(Query, SwappedBlocksAreIntegrity) {
  std::string big = "a\n";
  for (int i = 0; i < 300'000; ++i) big += std::to_string(i * 7919LL % 1'000'003) + "\n";
  std::filesystem::remove(scratch.made());
  ASSERT_TRUE(scratch.import("big.csv", big));
  wire::data::QueryRequest request{.sql = "SELECT sum(a) FROM t", .row_limit = 10};
  request.tables.push_back(scratch.sealed("t"));
  ASSERT_GT(request.tables[0].block_hashes.size(), 4u);
  {
    std::fstream file(scratch.made(), std::ios::in | std::ios::out | std::ios::binary);
    std::string one(leaf_bytes, '\0'), two(leaf_bytes, '\0');
    auto at = [](int block) {
      return static_cast<std::streamoff>(first_leaf_bytes +
                                         leaf_bytes * static_cast<unsigned>(block));
    };
    file.seekg(at(1)).read(one.data(), leaf_bytes);
    file.seekg(at(2)).read(two.data(), leaf_bytes);
    file.seekp(at(1)).write(two.data(), leaf_bytes);
    file.seekp(at(2)).write(one.data(), leaf_bytes);
  }
  std::vector<io::Descriptor> files;
  files.push_back(Scratch::open(scratch.made()));
  QueryEngine fresh(scratch.options());
  auto answer = fresh.query(std::move(request), std::move(files));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, wire::data_errors::integrity.name);
}

TEST_F(Query, AWrongKeyIsIntegrity) {
  wire::data::QueryRequest request{.sql = "FROM t", .row_limit = 10};
  request.tables.push_back(scratch.sealed("t"));
  request.tables[0].key.writable()[0] ^= std::byte{1};
  std::vector<io::Descriptor> files;
  files.push_back(Scratch::open(scratch.made()));
  QueryEngine fresh(scratch.options());
  auto answer = fresh.query(std::move(request), std::move(files));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, wire::data_errors::integrity.name);
}

TEST_F(Query, ACancelEndsALongStatement) {
  ASSERT_EQ(run("SELECT 1"), "[[1]]");
  std::jthread canceller([this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      if (engine.progress().total == 100) engine.cancel();
      std::this_thread::yield();
    }
  });
  const std::string answer =
      run("SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range % 7 = b.range");
  canceller.request_stop();
  canceller.join();
  EXPECT_TRUE(answer.starts_with("data.cancelled")) << answer;
  engine.clear_cancel();
  EXPECT_EQ(run("SELECT count(*) FROM t"), "[[3]]");
}

TEST_F(Query, ASpillIsNotReadable) {
  QueryEngine small(
      {.memory_bytes = 64u << 20, .threads = 1, .spill_folder = scratch.folder + "/spill"});
  bool spilled = false;
  bool readable = false;
  std::jthread watch([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      std::error_code error;
      for (std::filesystem::directory_iterator it(scratch.folder + "/spill", error), end;
           !error && it != end; it.increment(error)) {
        std::ifstream in(it->path(), std::ios::binary);
        std::string all((std::istreambuf_iterator<char>(in)), {});
        spilled |= !all.empty();
        readable |= all.find("CANARY-5-CANARY-5") != all.npos;
      }
    }
  });
  auto answer =
      scratch.query(small,
                    "SELECT sum(length(s)) FROM (SELECT repeat('CANARY-5-', 20) || hash(i) AS "
                    "s FROM range(700000) r(i) "
                    "ORDER BY hash(i) LIMIT 600000)");
  watch.request_stop();
  watch.join();
  EXPECT_TRUE(answer) << Scratch::text_of(answer);
  EXPECT_TRUE(spilled);  // else the test shows nothing
  EXPECT_FALSE(readable);
}

TEST_F(Query, EveryTypeHasAJsonForm) {
  EXPECT_EQ(
      run("SELECT 1::HUGEINT, 170141183460469231731687303715884105727::HUGEINT, "
          "18446744073709551615::UBIGINT, 0.1::FLOAT, 'nan'::DOUBLE, '-inf'::DOUBLE"),
      R"([[1,"170141183460469231731687303715884105727","18446744073709551615",0.1,"NaN","-Infinity"]])");
  EXPECT_EQ(
      run("SELECT 1.50::DECIMAL(10,2), -0.05::DECIMAL(4,2), 12345678901234567.5::DECIMAL(20,1)"),
      R"([[1.50,-0.05,"12345678901234567.5"]])");
  EXPECT_EQ(
      run("SELECT TIMESTAMP '2024-05-06 07:08:09.5', TIMESTAMPTZ '2024-05-06 07:08:09+02', "
          "DATE '0044-03-15 (BC)', TIME '10:00:00.25', TIMESTAMP_NS '2024-05-06 "
          "07:08:09.123456789'"),
      R"([["2024-05-06T07:08:09.500000","2024-05-06T05:08:09Z","-0043-03-15","10:00:00.250000","2024-05-06T07:08:09.123456789"]])");
  EXPECT_EQ(run("SELECT 'q\"\\\n'::VARCHAR, '\\xAA\\x00'::BLOB, 'x'::ENUM('x'), "
                "'0e6056e8-16d6-4497-8205-9fa047b72e10'::UUID, '101'::BIT"),
            R"([["q\"\\\n","qgA=","x","0e6056e8-16d6-4497-8205-9fa047b72e10","101"]])");
  EXPECT_EQ(run("SELECT [1, NULL], {'a': 1, 'b': [true]}, MAP {'k': 2}, [1, 2]::INT[2], NULL, "
                "union_value(k := 1)"),
            R"([[[1,null],{"a":1,"b":[true]},[["k",2]],[1,2],null,"1"]])");
}

}  // namespace
}  // namespace cloister::data
