// SPDX-License-Identifier: Apache-2.0
#include "cell_of_run.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/kernels/errors.hpp"

#include "cell_places.hpp"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace cloister::kernels {
namespace {

using places::home;
using places::project;
using places::python;

std::string base_name(const std::string& file_name) {
  return file_name.substr(file_name.rfind('/') + 1);
}

bool is_cell_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

base::Outcome check_file_name(const std::string& file_name) {
  std::string name = base_name(file_name);
  if (name.ends_with(".ipynb"))
    return base::fail(errors::not_a_script, "notebooks cannot run headless yet, only .py files",
                      "save the notebook as a .py file and run that");
  bool control = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!name.ends_with(".py") || name.size() < 4 || name.size() > 255 || control)
    return base::fail(errors::not_a_script, "only .py files can run", "cloister run FILE.py");
  return {};
}

base::Outcome check_arguments(const std::vector<std::string>& arguments) {
  std::size_t bytes = 0;
  for (const std::string& argument : arguments) {
    bytes += argument.size() + 1;
    if (argument.find('\0') != std::string::npos)
      return base::fail(errors::too_large, "an argument of the script holds a zero byte");
  }
  if (arguments.size() > base::limits::run_arguments_max || bytes > std::size_t{64} * 1024)
    return base::fail(errors::too_large, "the script has more arguments than can be passed");
  return {};
}

std::vector<std::string> environment_of_run() {
  // As many as there are cores, but not so many that idle threads eat the cell's limits.
  unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
  return {
      fmt::format("PATH={}/bin:/usr/local/bin:/usr/bin:/bin", python),
      fmt::format("HOME={}", home),
      "USER=cell",
      "LOGNAME=cell",
      "LANG=C.UTF-8",
      "TMPDIR=/tmp",
      fmt::format("CLOISTER_DOOR={}", places::door),
      "PYTHONDONTWRITEBYTECODE=1",
      "PYTHONNOUSERSITE=1",
      // What a run printed is there even when it is ended from outside.
      "PYTHONUNBUFFERED=1",
      // plt.show() puts figures into the outputs.
      "MPLBACKEND=module://cloister._matplotlib",
      fmt::format("MPLCONFIGDIR={}/.config/matplotlib", home),
      fmt::format("OMP_NUM_THREADS={}", threads),
      fmt::format("OPENBLAS_NUM_THREADS={}", threads),
  };
}

}  // namespace

base::Outcome check_request(const RunRequest& request) {
  if (!is_cell_name(request.name))
    return base::fail(errors::not_a_script, "a cell's name is letters, digits and '-'");
  CLOISTER_TRY_DO(check_file_name(request.file_name));
  CLOISTER_TRY_DO(check_arguments(request.arguments));
  if (request.source.size() > base::limits::run_source_bytes_max)
    return base::fail(errors::too_large, "the script is larger than 16 MiB");
  if (request.timeout <= std::chrono::milliseconds(0))
    return base::fail(errors::not_a_script, "the time limit of a run must be more than 0");
  if (access((request.python / "bin/python3").c_str(), X_OK) != 0)
    return base::fail(errors::python_missing,
                      "the Python environment of the cells is not at " + request.python.native(),
                      "./dev setup");
  return {};
}

cell::CellSpec spec_of(const RunRequest& request, const std::string& door) {
  cell::CellSpec spec;
  spec.name = request.name;
  spec.notebook = base_name(request.file_name);
  spec.profile = cell::Profile::kernel;
  std::string script = fmt::format("{}/{}", project, base_name(request.file_name));
  spec.arguments = {fmt::format("{}/bin/python3", python), script};
  spec.arguments.insert(spec.arguments.end(), request.arguments.begin(), request.arguments.end());
  spec.environment = environment_of_run();
  spec.folder = project;
  spec.mounts = {{.source = request.python, .target = std::string(python), .writable = false},
                 {.source = door, .target = std::string(places::door), .writable = true}};
  spec.files = {{.target = script, .content = request.source}};
  spec.private_folder = home;
  spec.limits = request.limits;
  return spec;
}

std::string_view status_name(RunStatus status) {
  switch (status) {
    case RunStatus::ok:
      return "ok";
    case RunStatus::error:
      return "error";
    case RunStatus::timeout:
      return "timeout";
    case RunStatus::killed:
      return "killed";
  }
  return "error";
}

base::Outcome judge_exit(const cell::CellExit& exit, std::chrono::milliseconds timeout,
                         RunResult& result) {
  result.seconds = exit.seconds;
  result.unrouted = exit.unrouted;
  result.interfaces = exit.interfaces;
  auto say = [&](const std::string& otherwise) {
    result.message = exit.message.empty() ? otherwise : exit.message;
  };
  switch (exit.reason) {
    case cell::EndReason::exited:
      result.exit_code = exit.code;
      result.status = exit.code == 0 ? RunStatus::ok : RunStatus::error;
      if (exit.code != 0) say(fmt::format("ended with code {}", exit.code));
      return {};
    case cell::EndReason::signalled:
    case cell::EndReason::killed:
      result.status = RunStatus::killed;
      say(exit.signal == 0
              ? std::string("was ended from outside")
              : fmt::format("ended by signal {} ({})", exit.signal, strsignal(exit.signal)));
      return {};
    case cell::EndReason::timeout:
      result.status = RunStatus::timeout;
      say(fmt::format("ran longer than {} s", timeout.count() / 1000.0));
      return {};
    case cell::EndReason::setup_failed:
      break;
  }
  return base::fail(errors::cell_failed, "the cell could not run: " + exit.message,
                    "cloister status shows what this machine lacks");
}

base::Result<cell::CellExit> wait_for_end(cell::Cell& cell, std::chrono::milliseconds timeout,
                                          std::stop_token stop) {
  std::stop_callback ends(stop, [&cell] { cell.kill(); });
  CLOISTER_TRY(std::optional<cell::CellExit> exit, cell.wait(io::deadline_in(timeout)));
  if (exit) return *exit;
  cell.kill();
  CLOISTER_TRY(exit, cell.wait(io::deadline_in(std::chrono::seconds(30))));
  if (!exit) return base::fail(errors::cell_failed, "the cell did not end when it was killed");
  exit->reason = cell::EndReason::timeout;
  exit->message.clear();
  return *exit;
}

}  // namespace cloister::kernels
