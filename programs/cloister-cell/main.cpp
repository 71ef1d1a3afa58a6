// SPDX-License-Identifier: Apache-2.0
// Supervisor of one cell. Only ever started by another program of ours, with a control socket.
#include "cloister/cell/supervise.hpp"

int main() {
  return cloister::cell::supervise(
      cloister::io::Descriptor(cloister::cell::supervisor_control_descriptor));
}
