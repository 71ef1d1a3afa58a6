// SPDX-License-Identifier: Apache-2.0
// gzip for texts.
#pragma once

#include "cloister/http/headers.hpp"
#include "cloister/http/response.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cloister::http {

// Whether Accept-Encoding takes gzip (a quality of 0 is a no).
bool accepts_gzip(const Headers& headers);

// Compresses the body where that is worth it and the request takes it; long ones on the pool.
io::Task<Response> compressed(io::EventLoop& loop, const Headers& headers, Response response,
                              std::size_t bytes_min);

// Nothing when zlib fails or the result is not smaller.
std::optional<std::string> gzip(std::string_view text);

}  // namespace cloister::http
