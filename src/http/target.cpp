// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/target.hpp"

#include "cloister/http/errors.hpp"
#include "cloister/http/utf8.hpp"

#include <algorithm>

namespace cloister::http {
namespace {

std::unexpected<base::Error> bad(std::string why) {
  return base::fail(errors::bad_target, "the address is not valid: " + std::move(why));
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// A text that came from escapes: no NUL, whole characters.
base::Result<std::string> decoded_text(std::string_view raw) {
  CLOISTER_TRY(std::string text, percent_decoded(raw));
  if (text.find('\0') != std::string::npos) return bad("it holds a NUL");
  if (!is_utf8(base::as_bytes(text))) return bad("it is not UTF-8");
  return text;
}

bool walks(std::string_view segment) {
  for (std::string_view part : split(segment, '/'))
    if (part == "." || part == "..") return true;
  return false;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string_view> Parameters::find(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (key == name) return value;
  return std::nullopt;
}

std::string_view Parameters::get(std::string_view name) const {
  return find(name).value_or(std::string_view{});
}

base::Result<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
    if (!high || !low) return bad("a percent escape is not whole");
    decoded.push_back(static_cast<char>(*high << 4 | *low));
    i += 2;
  }
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    if (is_unreserved(c) || c == '/') {
      encoded.push_back(c);
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(digits[byte >> 4]);
    encoded.push_back(digits[byte & 15]);
  }
  return encoded;
}

base::Result<Parameters> parse_parameters(std::string_view text) {
  Parameters parameters;
  for (std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    if (parameters.size() == query_parameters_max) return bad("too many parameters");
    std::string spaced(part);
    std::ranges::replace(spaced, '+', ' ');
    auto equals = std::min(spaced.find('='), spaced.size());
    CLOISTER_TRY(std::string name, decoded_text(std::string_view(spaced).substr(0, equals)));
    std::string value;
    if (equals < spaced.size()) {
      CLOISTER_TRY(value, decoded_text(std::string_view(spaced).substr(equals + 1)));
    }
    parameters.add(std::move(name), std::move(value));
  }
  return parameters;
}

base::Result<Target> parse_target(std::string_view raw) {
  if (raw.size() > target_bytes_max) return bad("it is too long");
  if (!raw.starts_with('/')) return bad("it has to begin with a slash");
  for (char c : raw)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '#')
      return bad("it holds a character that has to be escaped");
  auto question = std::min(raw.find('?'), raw.size());
  Target target;
  for (std::string_view part : split(raw.substr(1, question - 1), '/')) {
    CLOISTER_TRY(std::string segment, decoded_text(part));
    if (walks(segment)) return bad("it holds . or ..");
    target.path += '/' + segment;
    target.segments.push_back(std::move(segment));
  }
  if (question < raw.size()) {
    CLOISTER_TRY(target.query, parse_parameters(raw.substr(question + 1)));
  }
  return target;
}

}  // namespace cloister::http
