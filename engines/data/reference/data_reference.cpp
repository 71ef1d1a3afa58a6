// SPDX-License-Identifier: Apache-2.0
// The pinned DuckDB as it is: runs each line of standard input as SQL on the database file of its
// argument and prints the seconds that it took. The reference of the benches of the data worker.
#include <duckdb.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

int main(int count, char** arguments) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  if (count != 2 || duckdb_open(arguments[1], &database) != DuckDBSuccess ||
      duckdb_connect(database, &connection) != DuckDBSuccess)
    return 2;
  for (std::string sql; std::getline(std::cin, sql);) {
    const auto start = std::chrono::steady_clock::now();
    duckdb_result result;
    const bool done = duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (done)
      std::printf("%.6f\n", took.count());
    else
      std::printf("error %s\n", duckdb_result_error(&result));
    std::fflush(stdout);
    duckdb_destroy_result(&result);
  }
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return 0;
}
