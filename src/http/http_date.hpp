// SPDX-License-Identifier: Apache-2.0
// Dates of header fields (RFC 9110 §5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include "cloister/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cloister::http {

std::string to_http_date(base::WallTime time);
// The one form that is still sent; nothing for the two obsolete ones.
std::optional<base::WallTime> parse_http_date(std::string_view text);

}  // namespace cloister::http
