// SPDX-License-Identifier: Apache-2.0
// `data import`: a file becomes a sealed version, in a worker of its own.
#include "cloister/api/errors.hpp"

#include "dataset_json.hpp"
#include "handlers.hpp"
#include "imports.hpp"
#include "parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::api {
namespace {

// "patients 2024.csv.gz" becomes "patients_2024".
std::string name_from_file(const std::string& file_name) {
  std::string stem = file_name.substr(0, file_name.find('.'));
  std::string name;
  for (char c : stem) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '-';
    name += plain ? c : '_';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '-') name = "data_" + name;
  return name;
}

// "age=BIGINT,zip=VARCHAR"
base::Result<std::vector<std::pair<std::string, std::string>>> parse_types(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> types;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    std::size_t equals = part.rfind('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == part.size())
      return base::fail(errors::bad_parameter, "--types takes COL=TYPE,COL=TYPE",
                        "for example --types zip=VARCHAR,age=INTEGER");
    types.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return types;
}

}  // namespace

base::Result<vault::DatasetVersion> import_file(Studio& studio, ImportRequest request,
                                                const Listener& listener) {
  CLOISTER_TRY_DO(studio.permit({.subject = request.subject,
                                 .action = request.action,
                                 .dataset = request.name,
                                 .columns = {},
                                 .purpose = request.purpose}));
  std::optional<vault::SealedDataset> earlier;
  if (request.append) {
    CLOISTER_TRY(vault::DatasetVersion newest,
                 studio.home().find({.name = request.name, .version = {}}));
    CLOISTER_TRY(earlier, studio.home().open_dataset(newest));
    request.lineage.push_back(label_of(newest));
  }
  CLOISTER_TRY(vault::Draft draft, studio.home().begin_version(request.name, request.append));
  draft.version.lineage = std::move(request.lineage);
  draft.version.description = std::move(request.description);
  CLOISTER_TRY_DO(vault::run_import(draft, std::move(request.source), earlier ? &*earlier : nullptr,
                                    studio.attempt_sink(), listener.progress, listener.stop));
  ledger::Entry entry{.kind = request.action == policy::Action::save_dataset ? "save" : "import",
                      .who = name_of(request.subject),
                      .dataset = label_of(draft.version),
                      .purpose = request.purpose,
                      .decision = "allow",
                      .detail = {{"rows", draft.version.rows},
                                 {"columns", draft.version.columns.size()},
                                 {"bytes_in", draft.version.bytes_in}}};
  return studio.home().commit(std::move(draft), entry, listener.progress);
}

base::Result<Reply> data_import(Studio& studio, Call& call, const Listener& listener) {
  auto started = studio.services().clock.monotonic();
  CLOISTER_TRY(std::vector<GivenFile> files, files_parameter(call, "files"));
  if (files.size() != 1)
    return base::fail(errors::bad_parameter, "one file at a time in this version",
                      "import the first, then add the others with --append");
  CLOISTER_TRY(std::string name, vault::parse_dataset_name(text_parameter_or(
                                     call, "name", name_from_file(files[0].name))));
  CLOISTER_TRY(auto types, parse_types(text_parameter_or(call, "types", "")));
  ImportRequest request{.subject = studio.owner(),
                        .action = policy::Action::import_dataset,
                        .name = name,
                        .append = flag_parameter(call, "append"),
                        .purpose = call.purpose,
                        .description = text_parameter_or(call, "description", ""),
                        .lineage = {},
                        .source = {.file_name = files[0].name,
                                   .file = std::move(files[0].descriptor),
                                   .format = "",
                                   .types = std::move(types)}};
  CLOISTER_TRY(vault::DatasetVersion version, import_file(studio, std::move(request), listener));
  std::chrono::duration<double> seconds = studio.services().clock.monotonic() - started;
  json::object result = details_json(version);
  result["seconds"] = seconds.count();
  return Reply{.result = std::move(result), .body = {}, .files = {}, .findings = {}};
}

}  // namespace cloister::api
