// SPDX-License-Identifier: Apache-2.0
// Errors as HTTP, in Jupyter's shape: by what they mean to the caller. The contract of files is
// finer and says its own (contents_answers.hpp).
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/http/response.hpp"

namespace cloister::rest {

unsigned status_of(const base::Error& error);

http::Response error_response(const base::Error& error);

}  // namespace cloister::rest
