// SPDX-License-Identifier: Apache-2.0
#include "data_cell.hpp"

#include "cloister/wire/data_errors.hpp"

namespace cloister::vault {
namespace {

constexpr int worker_socket = 3;
constexpr auto end_time = std::chrono::seconds(20);

}  // namespace

cell::CellSpec data_cell_spec(const std::string& name, const io::Path& scratch_folder,
                              std::uint64_t memory_bytes) {
  const std::string programs = io::program_folder();
  const std::string libraries = io::Path(programs).parent_path() / "lib";
  cell::CellSpec spec;
  spec.name = name;
  spec.profile = cell::Profile::worker;
  spec.arguments = {"/cloister/bin/cloister-data", "/scratch"};
  spec.environment = {"LANG=C.UTF-8"};
  spec.folder = "/scratch";
  spec.mounts = {{.source = programs, .target = "/cloister/bin"},
                 {.source = libraries, .target = "/cloister/lib"},
                 {.source = scratch_folder, .target = "/scratch", .writable = true}};
  spec.limits.memory_bytes = memory_bytes;
  spec.limits.processes = 64;
  spec.limits.file_bytes = 1ull << 40;  // the disk is the limit of a dataset
  spec.limits.temporary_bytes = 16ull << 20;
  return spec;
}

base::Result<std::unique_ptr<DataCell>> DataCell::start(const std::string& name,
                                                        const io::Path& scratch_folder,
                                                        std::uint64_t memory_bytes,
                                                        const cell::AttemptSink& attempts) {
  CLOISTER_TRY(io::DescriptorPair sockets, io::socket_pair());
  CLOISTER_TRY(auto cell, cell::Cell::start(data_cell_spec(name, scratch_folder, memory_bytes),
                                            {{worker_socket, &sockets.second}}, attempts));
  std::unique_ptr<DataCell> started(new DataCell());
  started->cell_ = std::move(cell);
  started->channel_ = std::make_unique<DataChannel>(std::move(sockets.first));
  return started;
}

base::Outcome DataCell::finish() {
  channel_->close();
  CLOISTER_TRY(auto exit, cell_->wait(io::deadline_in(end_time)));
  if (!exit) {
    cell_->kill();
    return base::fail(wire::data_errors::worker_died, "the data worker did not end");
  }
  return {};
}

}  // namespace cloister::vault
