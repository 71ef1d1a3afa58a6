// SPDX-License-Identifier: Apache-2.0
// Rows of a result as JSON text.
//
// Numbers are JSON numbers where the reader's number is exactly the same one: integers that fit
// 64 bits with sign, FLOAT and DOUBLE, DECIMAL of up to 15 digits. Larger ones are text, and so are
// NaN and the infinities ("NaN", "Infinity", "-Infinity"). Dates and times are ISO 8601 text, BLOB
// is base64, ENUM and UUID text, NULL null; lists and arrays are arrays, STRUCT an object, MAP an
// array of [key, value].
#pragma once

#include "database.hpp"

#include <memory>
#include <string>

namespace cloister::data {

// The columns of one chunk, asked of DuckDB once for all of its rows. Lives no longer than the
// chunk.
class RowWriter {
 public:
  explicit RowWriter(const Chunk& chunk);
  ~RowWriter();
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;
  // Appends "[…]", after a comma unless `out` ends with the '[' around all rows.
  void append(std::string& out, idx_t row) const;

 private:
  struct Columns;
  std::unique_ptr<Columns> columns_;
};

}  // namespace cloister::data
