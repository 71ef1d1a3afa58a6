// SPDX-License-Identifier: Apache-2.0
// `data verify`: every byte of the vault against its signed manifests.
#include "cloister/api/errors.hpp"

#include "handlers.hpp"
#include "parameters.hpp"

#include <fmt/format.h>

namespace cloister::api {

base::Result<Reply> data_verify(Studio& studio, Call& call, const Listener& listener) {
  std::string name;
  if (call.parameters.contains("dataset")) {
    CLOISTER_TRY(vault::DatasetVersion version, dataset_parameter(studio, call, "dataset"));
    name = version.dataset;
  }
  CLOISTER_TRY(auto damages, studio.home().verify(name, listener.progress, listener.stop));
  CLOISTER_TRY(auto versions, studio.home().datasets());
  std::int64_t checked = 0;
  std::uint64_t bytes = 0;
  for (const vault::DatasetVersion& version : versions) {
    if (!name.empty() && version.dataset != name) continue;
    ++checked;
    bytes += version.bytes_stored;
  }
  Reply reply;
  json::array list;
  for (const vault::Damage& damage : damages) {
    list.push_back({{"dataset", damage.dataset},
                    {"file", damage.file},
                    {"block", damage.block},
                    {"message", damage.message}});
    std::string where = damage.block >= 0 ? fmt::format(", block {}", damage.block) : "";
    reply.findings.emplace_back(errors::damage_found,
                                fmt::format("{}{}: {}", damage.file, where, damage.message),
                                "restore this home from a backup; nothing was changed");
  }
  reply.result = {{"ok", damages.empty()},
                  {"versions", checked},
                  {"bytes", bytes},
                  {"damage", std::move(list)}};
  return reply;
}

}  // namespace cloister::api
