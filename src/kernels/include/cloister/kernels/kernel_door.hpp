// SPDX-License-Identifier: Apache-2.0
// The door of a kernel's cell: its supervisor listens, and hands each connection over.
#pragma once

#include "cloister/io/descriptor.hpp"
#include "cloister/kernels/door.hpp"

#include <memory>

namespace cloister::kernels {

class KernelDoor {
 public:
  // `handler` outlives it. Outputs of cloister.display are refused: a notebook shows its own.
  static std::unique_ptr<KernelDoor> make(DoorHandler& handler);
  // Ends all connections and waits for running calls.
  virtual ~KernelDoor() = default;

  // Any thread; waits while too many callers wait already.
  virtual void take(io::Descriptor connection) = 0;
};

}  // namespace cloister::kernels
