// SPDX-License-Identifier: Apache-2.0
// What of the machine matters to the safety of data, as read now.
#pragma once

#include "cloister/wire/json.hpp"

#include <string>

namespace cloister::api {

std::string swap_state();            // "none", "encrypted", "on, not encrypted: …"
boost::json::object sandbox_json();  // each layer: "on" or "off: why"

}  // namespace cloister::api
