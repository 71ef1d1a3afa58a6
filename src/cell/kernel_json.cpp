// SPDX-License-Identifier: Apache-2.0
#include "kernel_json.hpp"

#include "cloister/cell/errors.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cloister::cell {
namespace {

namespace json = wire::json;

constexpr std::int64_t time_ms_max = 366ll * 24 * 3600 * 1000;
constexpr std::array<std::string_view, 9> known{
    "name",          "interrupt_mode", "first_seq",    "journal_memory_bytes",
    "journal_bytes", "start_ms",       "lost_idle_ms", "polite_ms",
    "lonely_ms"};

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_specification, std::move(message));
}

base::Result<std::uint64_t> count(const json::object& object, std::string_view name) {
  CLOISTER_TRY(std::int64_t value, wire::integer_field(object, name));
  if (value < 0) return bad("a number of a kernel is negative");
  return static_cast<std::uint64_t>(value);
}

base::Result<std::chrono::milliseconds> time(const json::object& object, std::string_view name) {
  CLOISTER_TRY(std::int64_t value, wire::integer_field(object, name));
  if (value < 0 || value > time_ms_max) return bad("a time of a kernel is out of range");
  return std::chrono::milliseconds(value);
}

}  // namespace

json::object to_json(const KernelSettings& settings) {
  bool message = settings.interrupt_mode == InterruptMode::message;
  return {{"name", settings.kernel_name},
          {"interrupt_mode", message ? "message" : "signal"},
          {"first_seq", static_cast<std::int64_t>(settings.first_seq)},
          {"journal_memory_bytes", static_cast<std::int64_t>(settings.journal_memory_bytes)},
          {"journal_bytes", static_cast<std::int64_t>(settings.journal_bytes)},
          {"start_ms", settings.start_time.count()},
          {"lost_idle_ms", settings.lost_idle_time.count()},
          {"polite_ms", settings.polite_time.count()},
          {"lonely_ms", settings.lonely_time.count()}};
}

base::Result<KernelSettings> kernel_settings_from_json(const json::object& object) {
  for (const auto& member : object)
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      return bad("a kernel cannot be asked for that");
  KernelSettings settings;
  CLOISTER_TRY(settings.kernel_name, wire::text_field(object, "name"));
  CLOISTER_TRY(std::string mode, wire::text_field(object, "interrupt_mode"));
  if (mode != "signal" && mode != "message") return bad("a kernel has no such interrupt mode");
  settings.interrupt_mode = mode == "message" ? InterruptMode::message : InterruptMode::signal;
  CLOISTER_TRY(settings.first_seq, count(object, "first_seq"));
  CLOISTER_TRY(settings.journal_memory_bytes, count(object, "journal_memory_bytes"));
  CLOISTER_TRY(settings.journal_bytes, count(object, "journal_bytes"));
  CLOISTER_TRY(settings.start_time, time(object, "start_ms"));
  CLOISTER_TRY(settings.lost_idle_time, time(object, "lost_idle_ms"));
  CLOISTER_TRY(settings.polite_time, time(object, "polite_ms"));
  CLOISTER_TRY(settings.lonely_time, time(object, "lonely_ms"));
  return settings;
}

}  // namespace cloister::cell
