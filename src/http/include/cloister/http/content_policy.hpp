// SPDX-License-Identifier: Apache-2.0
// The Content-Security-Policy of each kind of response: what a browser may do with it.
#pragma once

#include <string_view>

namespace cloister::http {

enum class ContentPolicy {
  data,  // an answer of an interface: nothing may be done with it
  page,  // a page of ours, JupyterLab above all
  file,  // bytes that a person or a kernel made: no script, no origin
};

// Unmodified JupyterLab works under it: it compiles schemas ('unsafe-eval'), styles elements, makes
// workers and images from blobs; outputs that need script live in frames of blob: and data:. It
// reaches nothing but this origin. WebRTC has no directive that Chromium
// knows: the window in an empty network namespace is the wall against it.
inline constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob: data:; "
    "object-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'";
inline constexpr std::string_view data_policy =
    "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";
inline constexpr std::string_view file_policy =
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self' data:; "
    "style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'";

constexpr std::string_view text_of(ContentPolicy policy) {
  switch (policy) {
    case ContentPolicy::page:
      return page_policy;
    case ContentPolicy::file:
      return file_policy;
    case ContentPolicy::data:
      break;
  }
  return data_policy;
}

}  // namespace cloister::http
