// SPDX-License-Identifier: Apache-2.0
// What cloister-cell tells the process that started it.
#pragma once

#include "cloister/cell/attempt.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/wire/json.hpp"

#include <string>
#include <variant>

namespace cloister::cell {

struct Started {
  std::int64_t payload = 0;  // its process id in the host's numbering
  std::string limits_by;
};

using Event = std::variant<Started, Attempt, CellExit, base::Error>;

std::string event_to_json(const Event& event);
base::Result<Event> event_from_json(std::string_view text);

}  // namespace cloister::cell
