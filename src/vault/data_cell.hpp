// SPDX-License-Identifier: Apache-2.0
// cloister-data in a sealed cell of its own, with the socket to it.
#pragma once

#include "cloister/cell/cell.hpp"
#include "cloister/io/disk.hpp"

#include "data_channel.hpp"

#include <memory>
#include <string>

namespace cloister::vault {

// What the worker sees: its own program and libduckdb, one writable folder, and the socket.
cell::CellSpec data_cell_spec(const std::string& name, const io::Path& scratch_folder,
                              std::uint64_t memory_bytes);

// Ends the cell, and with it all that the worker held in memory, when it goes.
class DataCell {
 public:
  static base::Result<std::unique_ptr<DataCell>> start(const std::string& name,
                                                       const io::Path& scratch_folder,
                                                       std::uint64_t memory_bytes,
                                                       const cell::AttemptSink& attempts);
  DataChannel& channel() { return *channel_; }
  // Closes the socket and waits until the worker has ended by itself; kills it when it does not.
  base::Outcome finish();

 private:
  DataCell() = default;
  std::unique_ptr<cell::Cell> cell_;
  std::unique_ptr<DataChannel> channel_;  // goes first: the worker ends when its socket closes
};

}  // namespace cloister::vault
