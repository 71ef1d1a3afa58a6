// SPDX-License-Identifier: Apache-2.0
// Models and errors of the contents service as HTTP.
#pragma once

#include "cloister/contents/contents.hpp"
#include "cloister/http/response.hpp"

namespace cloister::rest {

http::Response model_response(unsigned status, const contents::Model& model);
http::Response contents_error(const base::Error& error);

}  // namespace cloister::rest
