// SPDX-License-Identifier: Apache-2.0
// Files below a folder.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/http/request.hpp"
#include "cloister/http/response.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cloister::http {

// "text/html; charset=utf-8" by the name's ending; application/octet-stream otherwise.
std::string_view media_type_of(std::string_view name);
// Whether gzip makes it smaller: texts of all kinds.
bool is_compressible(std::string_view media_type);

// Opens a regular file below the folder, read-only. io.not-found for anything else.
// SECURITY: neither `..` nor a symbolic link leads out of the folder
// (test: StaticFiles.NothingOutsideTheFolder).
base::Result<io::Descriptor> open_below(const io::Descriptor& folder, std::string_view path);

// The whole of an open regular file, with ETag and Last-Modified from what the file system knows.
base::Result<Response> whole_file(io::Descriptor file, std::string_view name);

struct StaticOptions {
  ContentPolicy policy = ContentPolicy::data;  // what a page loads is its page's business
  // Beside NAME may lie NAME.gz, which is sent instead to those who take it.
  bool precompressed = false;
};

// Owned by whoever owns the routes that use it. Thread-safe.
class StaticFiles {
 public:
  StaticFiles(io::EventLoop& loop, io::Descriptor folder, StaticOptions options = {});
  static base::Result<StaticFiles> open(io::EventLoop& loop, const std::string& folder,
                                        StaticOptions options = {});

  // A file named by `path` (a capture): 404 otherwise. Names with a hash (`?v=` or 16 hexadecimal
  // digits) may be kept for ever, others are asked about each time.
  io::Task<Response> answer(const Request& request, std::string path) const;

 private:
  io::EventLoop* loop_;
  std::shared_ptr<const io::Descriptor> folder_;
  StaticOptions options_;
};

}  // namespace cloister::http
