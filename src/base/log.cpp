// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <string>

namespace cloister::base {
namespace {

std::atomic<LogLevel> level{LogLevel::info};

void write_line(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  // One write(2): lines of several threads never mix. A closed standard error is no reason to stop.
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, whole.data(), whole.size());
}

}  // namespace

void set_log_level(LogLevel wanted) {
  level = wanted;
}

void log_info(std::string_view line) {
  if (level != LogLevel::quiet) write_line(line);
}

void log_debug(std::string_view line) {
  if (level == LogLevel::debug) write_line(line);
}

}  // namespace cloister::base
