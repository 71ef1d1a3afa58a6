// SPDX-License-Identifier: Apache-2.0
// A cell that hosts a Jupyter kernel: its supervisor holds the kernel's sockets and a journal of
// its messages, and outlives the process that started it (attach.hpp says how one comes back).
#pragma once

#include "cloister/base/secret.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/io/process.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace cloister::cell {

// In the cell, in its own memory. Put the first where the kernel's command line says
// {connection_file}.
inline constexpr const char* connection_file_path = "/tmp/.cloister-kernel/connection.json";
inline constexpr const char* kernel_socket_prefix = "/tmp/.cloister-kernel/socket";

enum class InterruptMode { signal, message };

struct KernelSettings {
  std::string kernel_name;  // of the kernelspec, for the connection file
  InterruptMode interrupt_mode = InterruptMode::signal;
  std::uint64_t first_seq = 0;  // a restarted kernel goes on where the one before ended
  std::uint64_t journal_memory_bytes = 8u << 20;
  std::uint64_t journal_bytes = 1u << 30;
  std::chrono::milliseconds start_time{60'000};        // to open its sockets and answer
  std::chrono::milliseconds lost_idle_time{5'000};     // without "idle" after a reply, all silent
  std::chrono::milliseconds polite_time{2'500};        // from shutdown_request to the end by force
  std::chrono::milliseconds lonely_time{30 * 60'000};  // without an owner, then the cell ends
};

// What only the starting process can make. The supervisor has left root when it uses them.
struct KernelDescriptors {
  io::Descriptor attach;   // listening: owners come here
  io::Descriptor journal;  // a file for the rest of the journal, empty, without a name
  io::Descriptor door;     // listening, mounted into the cell by the specification; may be closed
};

struct KernelCell {
  io::Process supervisor;  // leave() it, or it dies with this object
  std::int64_t payload = 0;
  std::string limits_by;
};

// Returns when the kernel's program has been executed. `key` (32 bytes, fresh for each start) seals
// what of the journal goes to the disk.
base::Result<KernelCell> start_kernel_cell(CellSpec spec, const KernelSettings& settings,
                                           KernelDescriptors descriptors,
                                           const base::SecretBytes& key);

}  // namespace cloister::cell
