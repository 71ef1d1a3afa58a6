// SPDX-License-Identifier: Apache-2.0
#include "json_file.hpp"

#include "cloister/base/clock.hpp"
#include "cloister/lab/errors.hpp"
#include "cloister/wire/json5.hpp"

#include <sys/stat.h>

namespace cloister::lab {
namespace {

std::string time_text(const timespec& time) {
  return base::to_rfc3339(base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec))));
}

}  // namespace

base::Result<json::object> read_json_file(const io::Path& path) {
  io::SystemDisk disk;
  CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, path, json_file_bytes_max));
  CLOISTER_TRY(json::value value, wire::parse_json5(base::as_text(bytes)));
  if (!value.is_object()) return base::fail(errors::bad_request, "not a JSON object");
  return std::move(value.get_object());
}

void merge(json::object& base, const json::object& change) {
  for (const auto& [key, value] : change) {
    json::value& old = base[key];
    if (old.is_object() && value.is_object())
      merge(old.get_object(), value.get_object());
    else
      old = value;
  }
}

void add_times(json::object& into, const io::Path& path) {
  struct stat about{};
  bool there = stat(path.c_str(), &about) == 0;
  into["last_modified"] = there ? json::value(time_text(about.st_mtim)) : json::value();
  into["created"] = there ? json::value(time_text(about.st_ctim)) : json::value();
}

}  // namespace cloister::lab
