// SPDX-License-Identifier: Apache-2.0
// JSON Schema, draft 7.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::lab {

// lab.bad-request with the first violation.
base::Outcome check_schema(const boost::json::object& schema, const boost::json::value& value);

}  // namespace cloister::lab
