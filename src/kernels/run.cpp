// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/run.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/kernels/errors.hpp"

#include "cell_of_run.hpp"
#include "door_server.hpp"
#include "output_store.hpp"
#include "stream_capture.hpp"

#include <fcntl.h>

#include <cerrno>
#include <mutex>
#include <utility>

namespace cloister::kernels {
namespace {

// A folder below home/run that goes with its owner.
class CellFolder {
 public:
  static base::Result<CellFolder> make(io::Disk& disk, const io::Path& run_folder,
                                       const std::string& name) {
    CLOISTER_TRY_DO(disk.make_folder(run_folder / "cells", 0700));
    CellFolder folder(disk, run_folder / "cells" / name);
    CLOISTER_TRY_DO(disk.make_folder(folder.path_, 0700));
    return folder;
  }
  ~CellFolder() {
    if (!path_.empty()) (void)disk_->remove_folder(path_);
  }
  CellFolder(CellFolder&& other) noexcept
      : disk_(other.disk_), path_(std::exchange(other.path_, {})) {}
  CellFolder& operator=(CellFolder&&) = delete;
  const io::Path& path() const { return path_; }

 private:
  CellFolder(io::Disk& disk, io::Path path) : disk_(&disk), path_(std::move(path)) {}
  io::Disk* disk_;
  io::Path path_;
};

// Keeps the first attempts of a run and passes all on.
class AttemptList {
 public:
  explicit AttemptList(const cell::AttemptSink& sink) : sink_(sink) {}
  void add(const cell::Attempt& attempt) {
    {
      std::lock_guard lock(mutex_);
      if (attempts_.size() < base::limits::run_attempts_max)
        attempts_.push_back(attempt);
      else
        dropped_ += attempt.count;
    }
    if (sink_) sink_(attempt);
  }
  void take(RunResult& result) {
    std::lock_guard lock(mutex_);
    result.attempts = std::move(attempts_);
    result.attempts_dropped = dropped_;
  }

 private:
  const cell::AttemptSink& sink_;
  std::mutex mutex_;
  std::vector<cell::Attempt> attempts_;
  std::uint64_t dropped_ = 0;
};

base::Result<io::Descriptor> open_null() {
  io::Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.open()) return base::fail_errno(io::errors::system, "cannot open /dev/null", errno);
  return null;
}

std::unexpected<base::Error> cancelled() {
  return base::fail(errors::cancelled, "the run was cancelled");
}

}  // namespace

base::Result<RunResult> run_script(const RunRequest& request, DoorHandler& handler,
                                   const RunPlace& place, const cell::AttemptSink& sink,
                                   std::stop_token stop) {
  if (stop.stop_requested()) return cancelled();
  io::SystemDisk disk;
  CLOISTER_TRY_DO(check_request(request));
  CLOISTER_TRY(CellFolder folder, CellFolder::make(disk, place.run_folder, request.name));
  OutputStore outputs;
  AttemptList attempts(sink);
  CLOISTER_TRY(auto standard_output, StreamCapture::start(base::limits::run_stream_bytes_max));
  CLOISTER_TRY(auto standard_error, StreamCapture::start(base::limits::run_stream_bytes_max));
  CLOISTER_TRY(io::Descriptor null, open_null());
  const std::string door = folder.path() / "door";
  CLOISTER_TRY(auto server, DoorServer::start(door, handler, outputs));

  CLOISTER_TRY(auto cell,
               place.start_cell(spec_of(request, door),
                                {{.number = 0, .descriptor = &null},
                                 {.number = 1, .descriptor = &standard_output->writer()},
                                 {.number = 2, .descriptor = &standard_error->writer()}},
                                [&](const cell::Attempt& attempt) { attempts.add(attempt); }));
  standard_output->writer().close();
  standard_error->writer().close();
  CLOISTER_TRY(cell::CellExit exit, wait_for_end(*cell, request.timeout, stop));
  cell.reset();  // whatever its children did, nothing of it is left
  server.reset();
  if (stop.stop_requested()) return cancelled();

  RunResult result;
  CLOISTER_TRY_DO(judge_exit(exit, request.timeout, result));
  auto [output_text, output_truncated] = standard_output->finish();
  auto [error_text, error_truncated] = standard_error->finish();
  result.stdout_text = std::move(output_text);
  result.stdout_truncated = output_truncated;
  result.stderr_text = std::move(error_text);
  result.stderr_truncated = error_truncated;
  result.outputs = outputs.take();
  attempts.take(result);
  return result;
}

}  // namespace cloister::kernels
