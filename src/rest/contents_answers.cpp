// SPDX-License-Identifier: Apache-2.0
#include "contents_answers.hpp"

#include "cloister/contents/errors.hpp"

namespace cloister::rest {

http::Response model_response(unsigned status, const contents::Model& model) {
  http::Response response = http::bytes(status, "application/json", contents::to_json(model));
  response.modified = model.last_modified;
  return std::move(response).with("Cache-Control", "no-store");
}

http::Response contents_error(const base::Error& error) {
  std::string_view reason = contents::http_reason(error);
  return http::error(static_cast<unsigned>(contents::http_status(error)), error.message,
                     reason.empty() ? std::nullopt : std::optional(reason));
}

}  // namespace cloister::rest
