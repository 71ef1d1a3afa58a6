// SPDX-License-Identifier: Apache-2.0
// `run FILE.py`: a script in a sealed cell, with the datasets that were granted to it and no
// others.
#include "cloister/kernels/run.hpp"

#include "cloister/api/errors.hpp"
#include "cloister/crypto/hash.hpp"

#include "cell_door.hpp"
#include "handlers.hpp"
#include "parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace cloister::api {
namespace {

constexpr std::size_t source_bytes_max = 4u << 20;

json::object attempt_json(const cell::Attempt& attempt) {
  return {{"time", base::to_rfc3339(attempt.time)},
          {"cell", attempt.cell},
          {"notebook", attempt.notebook},
          {"pid", attempt.pid},
          {"program", attempt.program},
          {"operation", attempt.operation},
          {"family", attempt.family},
          {"address", attempt.address},
          {"port", attempt.port},
          {"host", attempt.host},
          {"verdict", attempt.verdict},
          {"count", attempt.count}};
}

json::object result_json(const kernels::RunResult& run) {
  json::array outputs;
  for (const kernels::Output& output : run.outputs)
    outputs.push_back({{"mime", output.mime}, {"data", output.data}});
  json::array attempts;
  for (const cell::Attempt& attempt : run.attempts) attempts.push_back(attempt_json(attempt));
  return {{"status", kernels::status_name(run.status)},
          {"exit_code", run.exit_code},
          {"message", run.message},
          {"stdout", run.stdout_text},
          {"stderr", run.stderr_text},
          {"stdout_truncated", run.stdout_truncated},
          {"stderr_truncated", run.stderr_truncated},
          {"outputs", std::move(outputs)},
          {"attempts", std::move(attempts)},
          {"attempts_dropped", run.attempts_dropped},
          {"unrouted", run.unrouted},
          {"interfaces", json::array(run.interfaces.begin(), run.interfaces.end())},
          {"seconds", run.seconds}};
}

// The names that --dataset grants; each must exist, so that a typing error does not show up as a
// denial later.
base::Result<std::vector<std::string>> grants_of(Studio& studio, const Call& call) {
  CLOISTER_TRY(std::vector<std::string> names, list_parameter(call, "dataset"));
  for (std::string& name : names) {
    CLOISTER_TRY(vault::DatasetReference reference, vault::parse_dataset_reference(name));
    CLOISTER_TRY(vault::DatasetVersion version, studio.home().find(reference));
    CLOISTER_TRY_DO(studio.permit({.subject = studio.owner(),
                                   .action = policy::Action::read_dataset,
                                   .dataset = version.dataset,
                                   .columns = {},
                                   .purpose = call.purpose}));
    name = version.dataset;
  }
  return names;
}

ledger::Entry run_entry(const Call& call, const kernels::RunRequest& request,
                        const std::vector<std::string>& granted, std::string kind) {
  return {
      .kind = std::move(kind),
      .who = {},
      .dataset = fmt::format("{}", fmt::join(granted, ", ")),
      .purpose = call.purpose,
      .decision = "allow",
      .detail = {{"cell", request.name},
                 {"file", request.file_name},
                 {"source_sha256", base::to_hex(crypto::sha256(base::as_bytes(request.source)))}}};
}

// What the script finds in sys.argv[1:], as `-p` gave it: a Python name, an equals sign, any text.
base::Result<std::vector<std::string>> parameters_of(const Call& call) {
  CLOISTER_TRY(std::vector<std::string> parameters, list_parameter(call, "p"));
  for (const std::string& parameter : parameters) {
    std::string_view name = std::string_view(parameter).substr(0, parameter.find('='));
    bool word = !name.empty() && name.size() < parameter.size() &&
                std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
                std::ranges::all_of(
                    name,
                    [](unsigned char character) {
                      return std::isalnum(character) != 0 || character == '_';
                    });
    if (!word)
      return base::fail(errors::bad_parameter, fmt::format("'{}' is no parameter", parameter),
                        "-p NAME=VALUE, as in -p year=2024");
  }
  return parameters;
}

base::Result<kernels::RunRequest> request_of(Studio& studio, Call& call) {
  CLOISTER_TRY(GivenFile file, file_parameter(call, "file"));
  CLOISTER_TRY(base::Bytes source, io::read_at(file.descriptor, 0, source_bytes_max + 1));
  if (source.size() > source_bytes_max)
    return base::fail(errors::bad_parameter, "the script is larger than 4 MiB");
  CLOISTER_TRY(std::chrono::seconds timeout, duration_parameter(call, "timeout"));
  if (timeout.count() == 0) timeout = std::chrono::seconds(600);
  CLOISTER_TRY(std::vector<std::string> parameters, parameters_of(call));
  CLOISTER_TRY(io::Path python, kernels::find_python());
  return kernels::RunRequest{.name = base::random_id(studio.services().random),
                             .file_name = file.name,
                             .source = std::string(base::as_text(source)),
                             .arguments = std::move(parameters),
                             .timeout = timeout,
                             .python = std::move(python),
                             .limits = {}};
}

}  // namespace

base::Result<Reply> run(Studio& studio, Call& call, const Listener& listener) {
  policy::Subject owner = studio.owner();
  CLOISTER_TRY_DO(studio.permit({.subject = owner,
                                 .action = policy::Action::run_code,
                                 .dataset = {},
                                 .columns = {},
                                 .purpose = call.purpose}));
  CLOISTER_TRY(kernels::RunRequest request, request_of(studio, call));
  CLOISTER_TRY(std::vector<std::string> granted, grants_of(studio, call));
  CLOISTER_TRY_DO(studio.record(run_entry(call, request, granted, "run"), owner));
  policy::Subject subject = owner;
  subject.cell = request.name;
  subject.granted_to_cell = granted;
  CellDoor door(studio, subject, call.purpose);
  auto result = kernels::run_script(request, door, {.run_folder = studio.home().folder() / "run"},
                                    studio.attempt_sink(), listener.stop);
  ledger::Entry end = run_entry(call, request, granted, "run-end");
  end.detail["status"] = result ? kernels::status_name(result->status) : result.error().code;
  if (result) end.detail["refused"] = result->attempts.size();
  CLOISTER_TRY_DO(studio.record(std::move(end), owner));
  if (!result) return std::unexpected(result.error());
  return Reply{.result = result_json(*result), .body = {}, .files = {}, .findings = {}};
}

}  // namespace cloister::api
