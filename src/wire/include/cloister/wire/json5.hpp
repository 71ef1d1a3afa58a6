// SPDX-License-Identifier: Apache-2.0
// JSON5 (spec.json5.org), the language of JupyterLab's settings files: reading only.
#pragma once

#include "cloister/wire/json.hpp"

namespace cloister::wire {

// Same limits as parse_json. Of equal keys the last one counts, as in JavaScript. Infinity and NaN
// have no JSON value and are refused.
base::Result<json::value> parse_json5(std::string_view text);

}  // namespace cloister::wire
