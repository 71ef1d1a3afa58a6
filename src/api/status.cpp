// SPDX-License-Identifier: Apache-2.0
// `status`: what state the home and the sandbox are in. Works on a locked home.
#include "cloister/cell/survey.hpp"

#include "handlers.hpp"
#include "machine_state.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace cloister::api {

std::string swap_state() {
  std::ifstream swaps("/proc/swaps");
  std::string line;
  std::getline(swaps, line);  // the header
  bool any = false;
  bool plain = false;
  while (std::getline(swaps, line)) {
    any = true;
    // Encrypted swap shows up as a device of the device mapper, zram lives in memory.
    plain = plain ||
            (line.find("/dm-") == std::string::npos && line.find("/mapper/") == std::string::npos &&
             line.find("/zram") == std::string::npos);
  }
  return !any    ? "none"
         : plain ? "on, not encrypted: keys are locked in memory, data in use may reach it"
                 : "encrypted";
}

json::object sandbox_json() {
  json::object layers;
  for (const cell::Layer& layer : cell::survey().layers)
    layers[layer.name] = layer.on ? "on" : fmt::format("off: {}", layer.why);
  return layers;
}

base::Result<Reply> status(Studio& studio, Call&, const Listener&) {
  json::array slots;
  for (const vault::Home::Slot& slot : studio.home().slots())
    slots.push_back({{"name", slot.name}, {"created", base::to_rfc3339(slot.created)}});
  bool recovery = std::ranges::any_of(studio.home().slots(),
                                      [](const auto& slot) { return slot.name == "recovery"; });
  json::object keys{{"slots", std::move(slots)}};
  if (!recovery)
    keys["note"] = "there is no recovery key: whoever forgets the passphrase loses the data";
  return Reply{.result = {{"vault", studio.home().unlocked() ? "unlocked" : "locked"},
                          {"home", studio.home().folder().native()},
                          {"version", CLOISTER_VERSION},
                          {"pid", getpid()},
                          {"sandbox", sandbox_json()},
                          {"limits", {{"how", cell::survey().limits}}},
                          {"keys", std::move(keys)},
                          {"workspace", "plain folder: its encryption comes with a later version"},
                          {"swap", swap_state()},
                          {"workers", studio.query_workers().count()}},
               .body = {},
               .files = {},
               .findings = {}};
}

}  // namespace cloister::api
