// SPDX-License-Identifier: Apache-2.0
// Child processes by pidfd: no signal handler, no race with a reused process id.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/deadline.hpp"
#include "cloister/io/descriptor.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace cloister::io {

// A descriptor that the child finds under `number`.
struct Inherited {
  int number;
  const Descriptor* descriptor;
};

struct Command {
  std::vector<std::string> arguments;         // [0] is the program's path
  std::vector<std::string> environment = {};  // "NAME=value"; nothing is inherited
  std::string folder = "/";
  // Everything else is closed in the child, but for 0 to 2 where they are not named here.
  std::vector<Inherited> descriptors = {};
  // PR_SET_PDEATHSIG: the child is killed when the THREAD that started it ends.
  bool end_with_parent = true;
};

struct Exit {
  int code = 0;    // of exit(), when signal is 0
  int signal = 0;  // that ended it
};

// One child. Killed and reaped when its owner goes.
class Process {
 public:
  static base::Result<Process> start(const Command& command);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t id() const { return id_; }
  const Descriptor& pidfd() const { return pidfd_; }  // readable when the process has ended
  // Nothing when the deadline passed first.
  base::Result<std::optional<Exit>> wait(Deadline deadline);
  void signal(int number);
  void kill();  // SIGKILL, and reaps
  // Gives the child up: it lives on when this object goes, and is reaped by nobody before we end.
  void leave() { id_ = -1; }

 private:
  Process(pid_t id, Descriptor pidfd) : id_(id), pidfd_(std::move(pidfd)) {}
  pid_t id_ = -1;
  Descriptor pidfd_;
  std::optional<Exit> exit_;
};

// The folder of the running program: siblings like cloister-cell lie there.
std::string program_folder();

}  // namespace cloister::io
