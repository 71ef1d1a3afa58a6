// SPDX-License-Identifier: Apache-2.0
// Headless runs: one script in one sealed cell (`cloister run FILE.py`).
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/kernels/door.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::kernels {

struct RunRequest {
  std::string name;       // of the cell: letters, digits and '-'; unique among those that run
  std::string file_name;  // as the person knows it; the last part is used
  std::string source;     // text of the file
  std::vector<std::string> arguments;  // sys.argv[1:]
  std::chrono::milliseconds timeout{std::chrono::seconds(600)};
  io::Path python;  // from find_python()
  cell::Limits limits;
};

// What is kept of a run is bounded (base::limits::run_*); what is more is dropped and said so.
enum class RunStatus {
  ok,
  error,    // the program ended by itself with a code other than 0: an exception, sys.exit(1)
  timeout,  // ran longer than RunRequest::timeout
  killed,   // ended by a signal: out of memory, kill -9, a crash
};
std::string_view status_name(RunStatus status);  // as in JSON

struct Output {
  std::string mime;
  std::string data;  // text as it is, everything else in base64
};

struct RunResult {
  RunStatus status = RunStatus::ok;
  int exit_code = 0;        // of the program, when it ended by itself
  std::string message;      // for people, when the status is not ok: "ended by signal 9 (Killed)"
  std::string stdout_text;  // valid UTF-8
  std::string stderr_text;
  bool stdout_truncated = false;
  bool stderr_truncated = false;
  std::vector<Output> outputs;
  std::vector<cell::Attempt> attempts;
  std::uint64_t attempts_dropped = 0;
  // The second witness of the network (cell::CellExit): what the recorder did not refuse.
  std::uint64_t unrouted = 0;
  std::vector<std::string> interfaces;
  double seconds = 0;
};

// How cells start: cell::Cell::start, or a test's own.
using CellStarter = std::function<base::Result<std::unique_ptr<cell::Cell>>(
    const cell::CellSpec&, const std::vector<io::Inherited>&, cell::AttemptSink)>;

// Where a run finds what it needs of the host.
struct RunPlace {
  io::Path run_folder;  // home/run; the door is made below it and removed at the end
  CellStarter start_cell = cell::Cell::start;
};

// Runs the script to its end; blocks. The cell has no network, sees a read-only system, the Python
// environment, its file in a private folder that goes with it, and the door. Attempts reach `sink`
// while the cell runs, on another thread. kernels.cancelled when `stop` was requested: the whole
// cell is ended first. The outcome of the script itself is never an error but a status.
base::Result<RunResult> run_script(const RunRequest& request, DoorHandler& handler,
                                   const RunPlace& place, const cell::AttemptSink& sink,
                                   std::stop_token stop);

// The pinned Python environment: beside the program's folder (../python), else $CLOISTER_PYTHON.
base::Result<io::Path> find_python();

}  // namespace cloister::kernels
