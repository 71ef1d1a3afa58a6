// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::http::errors {

using base::Code;
using base::Kind;

inline constexpr Code bad_request{"http.bad-request", Kind::usage};        // no valid HTTP: 400
inline constexpr Code bad_target{"http.bad-target", Kind::usage};          // no valid address: 400
inline constexpr Code head_too_large{"http.head-too-large", Kind::usage};  // 431
inline constexpr Code body_too_large{"http.body-too-large", Kind::usage};  // 413
inline constexpr Code version{"http.version", Kind::usage};                // 505
inline constexpr Code not_implemented{"http.not-implemented", Kind::usage};  // a method, 501
inline constexpr Code bad_handshake{"http.bad-handshake", Kind::usage};  // no valid upgrade: 400
inline constexpr Code bad_pattern{"http.bad-pattern", Kind::failed};     // of a route of ours
// The other side of a WebSocket said goodbye, or broke the protocol and was told so.
inline constexpr Code socket_closed{"http.socket-closed", Kind::failed};
inline constexpr Code socket_protocol{"http.socket-protocol", Kind::failed};
inline constexpr Code not_a_login{"http.not-a-login", Kind::denied};  // unknown, used or expired
inline constexpr Code listen{"http.listen", Kind::failed};

}  // namespace cloister::http::errors
