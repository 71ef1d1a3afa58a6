// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a file of the workspace, and the answer that Jupyter's REST contract
// gives.
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::contents {
namespace errors {

using base::Code;
using base::Kind;

inline constexpr Code not_found{"contents.not-found",
                                Kind::missing};                   // or hidden: nobody learns which
inline constexpr Code outside{"contents.outside", Kind::denied};  // a path or link leaves the root
inline constexpr Code no_checkpoint{"contents.no-checkpoint", Kind::missing};
inline constexpr Code bad_name{"contents.bad-name", Kind::usage};  // no file can have this name
inline constexpr Code hidden{"contents.hidden", Kind::usage};      // writing to a hidden path
inline constexpr Code bad_type{"contents.bad-type", Kind::usage};  // a folder asked as a file, …
inline constexpr Code bad_format{"contents.bad-format", Kind::usage};  // not text, not base64
inline constexpr Code bad_request{"contents.bad-request", Kind::usage};
inline constexpr Code bad_notebook{"contents.bad-notebook", Kind::failed};  // unreadable
inline constexpr Code not_empty{"contents.not-empty", Kind::usage};
inline constexpr Code folder_too_large{"contents.folder-too-large", Kind::usage};  // to copy
inline constexpr Code not_permitted{"contents.not-permitted", Kind::denied};
inline constexpr Code exists{"contents.exists", Kind::failed};
inline constexpr Code conflict{"contents.conflict", Kind::failed};  // changed by somebody else
inline constexpr Code too_large{"contents.too-large", Kind::failed};
inline constexpr Code disk_full{"contents.disk-full", Kind::failed};
inline constexpr Code disk{"contents.disk", Kind::failed};

}  // namespace errors

int http_status(const base::Error& error);               // 500 for what is not ours
std::string_view http_reason(const base::Error& error);  // "bad type", "bad format" or ""

// An error of the disk, of crypto or of wire as one of this module.
base::Error as_contents_error(base::Error error);

}  // namespace cloister::contents
