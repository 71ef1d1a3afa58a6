// SPDX-License-Identifier: Apache-2.0
// Chunks of a result gathered into large Arrow arrays by DuckDB's own converter. The C API converts
// one chunk of 2,048 rows at a time only.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <string>

struct ArrowSchema;  // of the Arrow C data interface
struct ArrowArray;

namespace cloister::data {

// Types that an Arrow stream of ours does not have go as text: ENUM, BIT, BIGNUM, UHUGEINT,
// TIME WITH TIME ZONE, UNION and whatever is rarer, inside nested types too. Not thread-safe.
class ArrowBatches {
 public:
  ArrowBatches(duckdb_connection connection, duckdb_result* result);
  ~ArrowBatches();
  ArrowBatches(const ArrowBatches&) = delete;
  ArrowBatches& operator=(const ArrowBatches&) = delete;

  // These return an error's text, "" when it worked. The caller releases what it gets.
  std::string schema(ArrowSchema* out);
  std::string append(duckdb_data_chunk chunk);
  std::string finish(ArrowArray* out);  // what was appended since the last finish()

  std::uint64_t rows() const { return rows_; }    // of the batch so far
  std::uint64_t bytes() const { return bytes_; }  // of its texts: their offsets have 31 bits

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;
};

inline constexpr std::uint64_t arrow_batch_rows = 1u << 17;

}  // namespace cloister::data
