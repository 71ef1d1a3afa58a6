// SPDX-License-Identifier: Apache-2.0
#include "error_response.hpp"

namespace cloister::rest {

unsigned status_of(const base::Error& error) {
  switch (error.kind) {
    case base::Kind::usage:
      return 400;
    case base::Kind::denied:
      return 403;
    case base::Kind::missing:
      return 404;
    case base::Kind::locked:
      return 423;
    case base::Kind::cancelled:
      return 503;
    case base::Kind::failed:
    case base::Kind::integrity:
      break;
  }
  return 500;
}

http::Response error_response(const base::Error& error) {
  std::string message = error.message;
  if (!error.hint.empty()) message += " (" + error.hint + ")";
  return http::error(status_of(error), message);
}

}  // namespace cloister::rest
