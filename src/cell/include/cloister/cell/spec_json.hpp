// SPDX-License-Identifier: Apache-2.0
// A specification as it travels to cloister-cell: JSON in the frame's header, the contents of given
// files one after another in its body.
#pragma once

#include "cloister/cell/cell.hpp"
#include "cloister/cell/kernel.hpp"
#include "cloister/io/frame_socket.hpp"

#include <optional>
#include <vector>

namespace cloister::cell {

inline constexpr std::size_t given_bytes_max = 16u << 20;
inline constexpr std::size_t mounts_max = 128;
inline constexpr std::size_t arguments_max = 1000;

// What a supervisor needs beyond the cell, to host a kernel in it.
struct KernelRequest {
  KernelSettings settings;
  KernelDescriptors descriptors;
  base::SecretBytes key;
};

// What a cell is to be, and the descriptors of its payload with the numbers it finds them under.
struct Request {
  CellSpec spec;
  std::vector<int> numbers;
  std::vector<io::Descriptor> descriptors;
  std::optional<KernelRequest> kernel;
};

// Refuses what no cell can be: relative paths, "..", a NUL in a text, too many of anything.
base::Outcome check(const CellSpec& spec);

// The frame's descriptors are the caller's to fill in, in the order of `numbers`.
io::Frame to_frame(const CellSpec& spec, const std::vector<int>& numbers);
// With the descriptors: attach, journal and, where there is one, door. The key is the end of the
// body: wipe it after sending.
io::Frame kernel_request_to_frame(const CellSpec& spec, const KernelSettings& settings,
                                  KernelDescriptors descriptors, const base::SecretBytes& key);
// Refuses unknown members too: a specification that wants something of a newer (or of a weakened)
// supervisor must not be read as if it did not.
base::Result<Request> request_from_frame(io::Frame frame);

}  // namespace cloister::cell
