// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::app::errors {

using base::Code;
using base::Kind;

inline constexpr Code usage{"app.usage", Kind::usage};
inline constexpr Code home_missing{"app.home-missing", Kind::missing};
inline constexpr Code home_busy{"app.home-busy", Kind::failed};
inline constexpr Code no_passphrase{"app.no-passphrase", Kind::locked};
inline constexpr Code cannot_open{"app.cannot-open", Kind::failed};
inline constexpr Code cannot_write{"app.cannot-write", Kind::failed};
inline constexpr Code server_running{"app.server-running", Kind::failed};
inline constexpr Code no_server{"app.no-server", Kind::failed};
inline constexpr Code source_kept{"app.source-kept", Kind::failed};
inline constexpr Code foreign_peer{"app.foreign-peer", Kind::denied};
inline constexpr Code probe_escaped{"cell.probe-escaped", Kind::integrity};
inline constexpr Code control_failed{"cell.control-failed", Kind::failed};
inline constexpr Code cancelled{"app.cancelled", Kind::cancelled};

}  // namespace cloister::app::errors
