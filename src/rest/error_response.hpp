// SPDX-License-Identifier: Apache-2.0
// Errors as HTTP: the one place that chooses a status.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/http/response.hpp"

namespace cloister::rest {

unsigned status_of(const base::Error& error);

// In Jupyter's shape, for its own addresses.
http::Response error_response(const base::Error& error);
// RFC 9457, below /cloister/.
http::Response problem_response(const base::Error& error);

}  // namespace cloister::rest
