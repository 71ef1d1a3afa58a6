// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include "settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace cloister::app {
namespace {

using std::chrono::milliseconds;

void write_error(std::string_view text) {
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressDisplay::ProgressDisplay(base::Clock& clock, bool quiet)
    : clock_(clock),
      quiet_(quiet),
      terminal_(is_terminal(STDERR_FILENO)),
      started_(clock.monotonic()),
      shown_(started_) {}

std::string ProgressDisplay::bar_line(std::string_view what, std::uint64_t done,
                                      std::uint64_t total, double seconds) const {
  double part =
      total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  constexpr int cells = 24;
  int filled = static_cast<int>(part * cells);
  std::string left = part > 0.02 ? fmt::format("{:.0f} s left", seconds * (1 - part) / part) : "";
  return fmt::format("\r\x1b[K{} [{:━<{}}{:─<{}}] {:3.0f} %  {}", what, "", filled, "",
                     cells - filled, part * 100, left);
}

void ProgressDisplay::show(std::string_view what, std::uint64_t done, std::uint64_t total) {
  std::scoped_lock guard(lock_);
  auto now = clock_.monotonic();
  if (quiet_ || now - started_ < milliseconds(1000)) return;
  double seconds = std::chrono::duration<double>(now - started_).count();
  if (terminal_) {
    if (bar_visible_ && now - shown_ < milliseconds(100)) return;
    write_error(bar_line(what, done, total, seconds));
    bar_visible_ = true;
  } else {
    // A log file wants a line per stage, and one in ten seconds.
    if (last_what_ == what && now - shown_ < milliseconds(10'000)) return;
    write_error(total > 0 ? fmt::format("{}: {} %\n", what, done * 100 / total)
                          : fmt::format("{}\n", what));
    last_what_ = what;
  }
  shown_ = now;
}

void ProgressDisplay::clear() {
  std::scoped_lock guard(lock_);
  if (bar_visible_) write_error("\r\x1b[K");
  bar_visible_ = false;
}

}  // namespace cloister::app
