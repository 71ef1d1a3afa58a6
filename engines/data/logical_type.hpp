// SPDX-License-Identifier: Apache-2.0
// The owner of a type of the C API.
#pragma once

#include <duckdb.h>

namespace cloister::data {

class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type type) : type_(type) {}
  ~LogicalType() { duckdb_destroy_logical_type(&type_); }
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  duckdb_logical_type raw() const { return type_; }

 private:
  duckdb_logical_type type_;
};

}  // namespace cloister::data
