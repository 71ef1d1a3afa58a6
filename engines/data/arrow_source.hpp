// SPDX-License-Identifier: Apache-2.0
// An Arrow IPC stream in sealed memory as something that DuckDB can scan.
#pragma once

#include "cloister/io/descriptor.hpp"

#include "database.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace cloister::data {

// The stream comes from code in a cell: nothing of it is trusted. The memory must be sealed, every
// array is validated in full by nanoarrow, every text must be UTF-8. Keep it alive as long as the
// view is used. A stream can be scanned once.
class ArrowSource {
 public:
  // data.not-a-table for what is not such a stream, io.not-sealed for memory that can still change.
  static base::Result<std::unique_ptr<ArrowSource>> open(const io::Descriptor& memory);
  ~ArrowSource();
  ArrowSource(const ArrowSource&) = delete;
  ArrowSource& operator=(const ArrowSource&) = delete;

  // A view of this name over all columns, in their order.
  base::Outcome create_view(Connection& connection, const std::string& name);
  std::uint64_t bytes_read() const;
  // Why the scan ended early, when it did so because of what the stream holds.
  std::string failure() const;

 private:
  ArrowSource();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloister::data
