// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/headers.hpp"
#include "cloister/http/static_files.hpp"

#include <algorithm>
#include <array>

namespace cloister::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 38> types{
    {{".html", "text/html; charset=utf-8"},
     {".htm", "text/html; charset=utf-8"},
     {".css", "text/css; charset=utf-8"},
     {".js", "text/javascript; charset=utf-8"},
     {".mjs", "text/javascript; charset=utf-8"},
     {".json", "application/json"},
     {".map", "application/json"},
     {".ipynb", "application/x-ipynb+json"},
     {".txt", "text/plain; charset=utf-8"},
     {".md", "text/markdown; charset=utf-8"},
     {".csv", "text/csv; charset=utf-8"},
     {".tsv", "text/tab-separated-values; charset=utf-8"},
     {".py", "text/x-python; charset=utf-8"},
     {".xml", "application/xml"},
     {".yaml", "application/yaml"},
     {".yml", "application/yaml"},
     {".svg", "image/svg+xml"},
     {".png", "image/png"},
     {".jpg", "image/jpeg"},
     {".jpeg", "image/jpeg"},
     {".gif", "image/gif"},
     {".webp", "image/webp"},
     {".avif", "image/avif"},
     {".ico", "image/x-icon"},
     {".woff", "font/woff"},
     {".woff2", "font/woff2"},
     {".ttf", "font/ttf"},
     {".otf", "font/otf"},
     {".eot", "application/vnd.ms-fontobject"},
     {".wasm", "application/wasm"},
     {".pdf", "application/pdf"},
     {".zip", "application/zip"},
     {".gz", "application/gzip"},
     {".mp4", "video/mp4"},
     {".webm", "video/webm"},
     {".mp3", "audio/mpeg"},
     {".wav", "audio/wav"},
     {".webmanifest", "application/manifest+json"}}};

}  // namespace

std::string_view media_type_of(std::string_view name) {
  auto dot = name.rfind('.');
  if (dot != std::string_view::npos)
    for (const auto& [ending, type] : types)
      if (equal_ignoring_case(ending, name.substr(dot))) return type;
  return "application/octet-stream";
}

bool is_compressible(std::string_view media_type) {
  std::string_view type = trimmed(media_type.substr(0, media_type.find(';')));
  constexpr std::array<std::string_view, 6> others{"application/json", "application/xml",
                                                   "application/yaml", "image/svg+xml",
                                                   "application/wasm", "application/x-ndjson"};
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
         std::ranges::find(others, type) != others.end();
}

}  // namespace cloister::http
