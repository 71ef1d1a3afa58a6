// SPDX-License-Identifier: Apache-2.0
// A "cell" without any walls: an ordinary child, so that runs can be tested without the sandbox.
#pragma once

#include "cloister/cell/cell.hpp"
#include "cloister/io/process.hpp"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace cloister::kernels {

class FakeCell : public cell::Cell {
 public:
  // Files and paths of the cell are put below `root`; Python is Debian's.
  static base::Result<std::unique_ptr<cell::Cell>> start(
      const std::filesystem::path& root, const cell::CellSpec& spec,
      const std::vector<io::Inherited>& descriptors, const cell::AttemptSink& sink) {
    auto inside = [&](const std::string& path) { return root.native() + path; };
    for (const cell::GivenFile& file : spec.files) {
      std::filesystem::create_directories(std::filesystem::path(inside(file.target)).parent_path());
      std::ofstream(inside(file.target)) << file.content;
    }
    io::Command command;
    command.arguments = spec.arguments;
    command.arguments[0] = "/usr/bin/python3";
    command.arguments[1] = inside(command.arguments[1]);
    command.environment = spec.environment;
    command.folder = inside(spec.folder);
    command.descriptors = descriptors;
    CLOISTER_TRY(io::Process process, io::Process::start(command));
    for (std::int64_t i = 0; i < 2; ++i) {
      cell::Attempt attempt;
      attempt.cell = spec.name;
      attempt.operation = "connect";
      attempt.port = 80 + i;
      sink(attempt);
    }
    return std::unique_ptr<cell::Cell>(new FakeCell(std::move(process)));
  }

  pid_t supervisor() const override { return process_.id(); }
  base::Result<std::optional<cell::CellExit>> wait(io::Deadline deadline) override {
    CLOISTER_TRY(std::optional<io::Exit> exit, process_.wait(deadline));
    if (!exit) return std::nullopt;
    cell::CellExit result;
    result.reason = exit->signal == 0 ? cell::EndReason::exited : cell::EndReason::signalled;
    result.code = exit->code;
    result.signal = exit->signal;
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    return result;
  }
  void interrupt() override { process_.signal(SIGINT); }
  void kill() override { process_.signal(SIGKILL); }

 private:
  explicit FakeCell(io::Process process) : process_(std::move(process)) {}
  io::Process process_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace cloister::kernels
