// SPDX-License-Identifier: Apache-2.0
#include "file_content.hpp"

#include "cloister/contents/errors.hpp"
#include "cloister/wire/notebook_json.hpp"

namespace cloister::contents {

base::Result<FileContent> encode_content(base::ByteView bytes, std::optional<Format> wanted) {
  std::string_view text = base::as_text(bytes);
  if (wanted != Format::base64) {
    if (wire::is_utf8(text)) return FileContent{std::string(text), Format::text};
    if (wanted == Format::text) return base::fail(errors::bad_format, "the file is not UTF-8");
  }
  FileContent content{"", Format::base64};
  content.text.reserve(bytes.size() / 57 * 77 + 80);
  for (std::size_t at = 0; at < bytes.size(); at += 57)
    content.text +=
        base::to_base64(bytes.subspan(at, std::min<std::size_t>(57, bytes.size() - at))) + "\n";
  return content;
}

base::Result<base::Bytes> decode_content(const SaveRequest& request) {
  const std::string* text = request.content ? request.content->text() : nullptr;
  if (text == nullptr) return base::fail(errors::bad_request, "the content of a file is a text");
  if (request.format == Format::text) {
    if (!wire::is_utf8(*text))
      return base::fail(errors::bad_format, "a lone surrogate has no bytes");
    return base::to_bytes(*text);
  }
  if (request.format != Format::base64)
    return base::fail(errors::bad_format, "the format of a file is text or base64");
  std::string digits;
  digits.reserve(text->size());
  for (char c : *text)
    if (!std::string_view(" \t\r\n").contains(c)) digits += c;
  auto bytes = base::from_base64(digits);
  if (!bytes) return base::fail(errors::bad_format, "not base64");
  return *std::move(bytes);
}

}  // namespace cloister::contents
