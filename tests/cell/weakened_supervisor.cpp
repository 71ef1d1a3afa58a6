// SPDX-License-Identifier: Apache-2.0
// cloister-cell for tests: leaves out the protections that the file `weaken` beside it names, one
// word each.
#include "cloister/cell/supervise.hpp"
#include "cloister/cell/weaken/landlock.hpp"
#include "cloister/cell/weaken/network_namespace.hpp"
#include "cloister/cell/weaken/seccomp.hpp"
#include "cloister/io/process.hpp"

#include <fstream>
#include <string>

int main() {
  using namespace cloister;
  cell::Weakenings weakenings;
  std::ifstream file(io::program_folder() + "/weaken");
  for (std::string word; file >> word;) {
    if (word == "network-namespace") cell::weaken::without_network_namespace(weakenings);
    if (word == "seccomp") cell::weaken::without_seccomp(weakenings);
    if (word == "landlock") cell::weaken::without_landlock(weakenings);
  }
  return cell::supervise(io::Descriptor(cell::supervisor_control_descriptor), weakenings);
}
