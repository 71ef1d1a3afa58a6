// SPDX-License-Identifier: Apache-2.0
// One sealed cell: a process tree without network, that sees a read-only system and what its
// specification names.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/attempt.hpp"
#include "cloister/io/process.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloister::cell {

// Started as root, the supervisor and everything below it changes to this id (user and group)
// before bubblewrap (architecture, decision 14).
inline constexpr unsigned unprivileged_id = 64733;

enum class Profile {
  kernel,  // foreign code: Python, scripts; may use its own loopback and Unix sockets
  worker,  // our engines on foreign bytes: no socket but those inherited, no exec
};

// Shows a file or folder of the host in the cell.
struct Mount {
  std::string source;  // absolute, on the host
  std::string target;  // absolute, in the cell
  bool writable = false;
};

// Puts a small file into the cell (a script, a configuration); it lives in the cell's memory only.
struct GivenFile {
  std::string target;
  std::string content;
  unsigned mode = 0644;
};

struct Limits {
  std::uint64_t memory_bytes = 4ull << 30;
  std::uint32_t processes = 512;
  std::uint64_t file_bytes = 16ull << 30;  // largest single file
  std::uint64_t temporary_bytes = 1ull
                                  << 30;  // of /tmp and the private folder, which live in memory
  std::uint32_t open_files = 1024;
  std::chrono::seconds cpu_time{0};   // 0: no limit
  std::chrono::seconds wall_time{0};  // 0: no limit
};

struct CellSpec {
  std::string name;      // identifies the cell in attempts and in the ledger
  std::string notebook;  // label of what runs, for people; may be empty
  Profile profile = Profile::worker;
  std::vector<std::string> arguments;    // [0] is a path in the cell
  std::vector<std::string> environment;  // "NAME=value"; nothing else is set
  std::string folder = "/tmp";           // working folder in the cell
  std::vector<Mount> mounts;     // besides the system, /tmp, /proc and /dev, which every cell has
  std::vector<GivenFile> files;  // owned by the cell's user
  std::string private_folder;    // a private tmpfs at this path when not empty (HOME of a run)
  Limits limits;
};

enum class EndReason {
  exited,        // by itself; `code`
  signalled,     // `signal` ended it: its own fault, or a limit (see `message`)
  timeout,       // wall or CPU time was used up
  killed,        // kill() or the end of its owner
  setup_failed,  // the supervisor went away or could not watch it any more
};

struct CellExit {
  EndReason reason = EndReason::exited;
  int code = 0;    // of exit()
  int signal = 0;  // that ended it
  double seconds = 0;
  std::string message;  // for setup_failed, timeout, and where a limit ended it
  // The second witness, from the counters of the cell's network namespace: packets that found no
  // route (what the recorder did not refuse first), and the interfaces that it had ("lo" only).
  std::uint64_t unrouted = 0;
  std::vector<std::string> interfaces;
};

// A running cell. Killed, with everything in it, when its owner goes. The supervisor
// (cloister-cell) is its parent; the sink hears of each refused attempt (folded when they flood) on
// a thread of this object.
class Cell {
 public:
  // Returns when the payload has been executed (or why it could not be).
  static base::Result<std::unique_ptr<Cell>> start(const CellSpec& spec,
                                                   const std::vector<io::Inherited>& descriptors,
                                                   AttemptSink sink);
  virtual ~Cell() = default;

  virtual pid_t supervisor() const = 0;
  virtual pid_t payload() const { return -1; }  // in the host's numbering
  // What holds the limits of this cell: "cgroup-v2", "cgroup-v1" or "rlimits".
  virtual std::string limits_by() const { return {}; }
  // Nothing when the deadline passed first. All attempts have reached the sink when it returns an
  // exit.
  virtual base::Result<std::optional<CellExit>> wait(io::Deadline deadline) = 0;
  virtual void interrupt() = 0;  // SIGINT to the payload
  virtual void kill() = 0;       // ends the whole cell, at once
};

}  // namespace cloister::cell
