// SPDX-License-Identifier: Apache-2.0
#include "error_response.hpp"

#include <array>

namespace cloister::rest {
namespace {

struct Row {
  std::string_view code;
  unsigned status;
};

// Codes whose kind does not tell the status.
constexpr std::array rows = std::to_array<Row>({
    {"contents.exists", 409},
    {"contents.conflict", 409},
    {"contents.not-writable", 403},
    {"contents.too-large", 413},
    {"contents.no-space", 507},
});

}  // namespace

unsigned status_of(const base::Error& error) {
  for (const Row& row : rows)
    if (error.code == row.code) return row.status;
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

http::Response problem_response(const base::Error& error) {
  return http::problem(status_of(error), error.code, error.message, error.hint);
}

}  // namespace cloister::rest
