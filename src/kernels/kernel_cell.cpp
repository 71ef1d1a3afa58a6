// SPDX-License-Identifier: Apache-2.0
#include "kernel_cell.hpp"

#include "cloister/kernels/errors.hpp"

#include "cell_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace cloister::kernels {
namespace {

using Variables = std::map<std::string, std::string>;

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// ${NAME} of the cell's own variables; nothing of the host's is known here.
std::string expand(std::string text, const Variables& variables) {
  for (const auto& [name, value] : variables)
    replace_all(text, fmt::format("${{{}}}", name), value);
  return text;
}

Variables variables_of(const KernelStart& start) {
  // As many as there are cores, but not so many that idle threads eat the cell's limits.
  unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
  Variables variables{
      {"PATH", fmt::format("{}/bin:/usr/local/bin:/usr/bin:/bin", places::python)},
      {"HOME", std::string(places::home)},
      {"USER", "cell"},
      {"LOGNAME", "cell"},
      {"LANG", start.language},
      {"TMPDIR", "/tmp"},
      {"CLOISTER_DOOR", std::string(places::door)},
      {"JPY_SESSION_NAME", start.session_path},
      {"IPYTHONDIR", fmt::format("{}/.ipython", places::home)},
      {"PYTHONDONTWRITEBYTECODE", "1"},
      {"PYTHONNOUSERSITE", "1"},
      {"PYDEVD_DISABLE_FILE_VALIDATION", "1"},  // its warning would be the first output
      {"MPLBACKEND", "module://matplotlib_inline.backend_inline"},
      {"MPLCONFIGDIR", fmt::format("{}/.config/matplotlib", places::home)},
      {"OMP_NUM_THREADS", fmt::format("{}", threads)},
      {"OPENBLAS_NUM_THREADS", fmt::format("{}", threads)},
  };
  if (!start.time_zone.empty()) variables["TZ"] = start.time_zone;
  const Variables own = variables;
  for (const auto& [name, value] : start.spec.environment) variables[name] = expand(value, own);
  return variables;
}

std::vector<std::string> arguments_of(const KernelStart& start) {
  std::vector<std::string> arguments = start.spec.argv;
  for (std::string& argument : arguments) {
    replace_all(argument, "{connection_file}", cell::connection_file_path);
    replace_all(argument, "{resource_dir}", places::kernelspec);
    replace_all(argument, "{prefix}", places::python);
  }
  std::string& program = arguments.front();
  if (program == "python" || program == "python3")
    program = fmt::format("{}/bin/python3", places::python);
  if (!program.starts_with('/')) program = "/usr/bin/" + program;
  return arguments;
}

}  // namespace

base::Outcome check_start(const KernelStart& start) {
  if (!is_id(start.id))
    return base::fail(errors::bad_kernel, "a kernel's id is letters, digits and '-'");
  if (start.spec.argv.empty()) return base::fail(errors::bad_kernel, "a kernel needs a command");
  if (fmt::format("/{}/", start.folder).find("/../") != std::string::npos ||
      start.folder.starts_with('/'))
    return base::fail(errors::bad_kernel, "a kernel's folder lies in its project");
  return {};
}

cell::CellSpec cell_of_kernel(const KernelStart& start, const io::Path& door) {
  cell::CellSpec spec;
  spec.name = start.id;
  spec.notebook = start.session_path;
  spec.profile = cell::Profile::kernel;
  spec.arguments = arguments_of(start);
  for (const auto& [name, value] : variables_of(start))
    spec.environment.push_back(fmt::format("{}={}", name, value));
  spec.private_folder = places::home;
  spec.folder = places::home;
  spec.mounts = {
      {.source = start.python, .target = std::string(places::python), .writable = false}};
  if (!start.project.empty()) {
    spec.mounts.push_back(
        {.source = start.project, .target = std::string(places::project), .writable = true});
    spec.folder = places::project;
    if (!start.folder.empty()) spec.folder += "/" + start.folder;
  }
  if (!start.spec.folder.empty())
    spec.mounts.push_back({.source = start.spec.folder,
                           .target = std::string(places::kernelspec),
                           .writable = false});
  spec.mounts.push_back({.source = door, .target = std::string(places::door), .writable = true});
  spec.limits = start.limits;
  return spec;
}

}  // namespace cloister::kernels
