// SPDX-License-Identifier: Apache-2.0
// Bytes of a file as text or base64, and back.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/contents/model.hpp"

namespace cloister::contents {

struct FileContent {
  std::string text;
  Format format = Format::text;
};
// Text if it is UTF-8, else base64 in lines of 76; contents.bad-format when text was asked for and
// there is none.
base::Result<FileContent> encode_content(base::ByteView bytes, std::optional<Format> wanted);
// The bytes that a request wants saved.
base::Result<base::Bytes> decode_content(const SaveRequest& request);

}  // namespace cloister::contents
