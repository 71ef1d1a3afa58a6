// SPDX-License-Identifier: Apache-2.0
// What a cell on this machine is made of, for `status` and `posture`.
#pragma once

#include <string>
#include <vector>

namespace cloister::cell {

struct Layer {
  std::string name;   // user-namespaces, network-namespace, bubblewrap, landlock, seccomp, …
  std::string claim;  // what it does for the person, in words
  bool on = false;
  std::string why;  // in words: a version when it is on, what is missing when it is off
};

struct Sandbox {
  std::vector<Layer> layers;
  std::string limits;      // what holds them: "cgroup-v2", "cgroup-v1" or "rlimits"
  std::string limits_why;  // in words
  bool starts = false;     // cells can be started: everything without which there is no wall is on

  // Nothing for a name that is no layer.
  const Layer* layer(const std::string& name) const;
};

// Asks the kernel and the machine, by trying in a child process; some milliseconds. Any thread.
Sandbox survey();

}  // namespace cloister::cell
