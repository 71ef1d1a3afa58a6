// SPDX-License-Identifier: Apache-2.0
#include "kernel_record.hpp"

#include "cloister/kernels/errors.hpp"
#include "cloister/wire/json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>

namespace cloister::kernels {
namespace {

namespace json = wire::json;

constexpr std::uint64_t record_bytes_max = 1u << 20;
constexpr int start_field = 22;  // of /proc/PID/stat

std::int64_t whole(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

json::object spec_to_json(const Kernelspec& spec) {
  json::object environment;
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  return {{"name", spec.name},
          {"argv", json::value_from(spec.argv)},
          {"env", std::move(environment)},
          {"display_name", spec.display_name},
          {"language", spec.language},
          {"message", spec.interrupt_mode == cell::InterruptMode::message},
          {"folder", spec.folder.native()}};
}

base::Result<Kernelspec> spec_from_json(const json::object& object) {
  Kernelspec spec;
  CLOISTER_TRY(spec.name, wire::text_field(object, "name"));
  CLOISTER_TRY(const json::array* argv, wire::array_field(object, "argv"));
  for (const json::value& argument : *argv)
    if (argument.is_string()) spec.argv.emplace_back(argument.get_string());
  CLOISTER_TRY(const json::object* environment, wire::object_field(object, "env"));
  for (const auto& member : *environment)
    if (member.value().is_string())
      spec.environment.emplace(member.key(), member.value().get_string());
  spec.display_name = wire::text_or(object, "display_name", "");
  spec.language = wire::text_or(object, "language", "");
  if (wire::flag(object, "message")) spec.interrupt_mode = cell::InterruptMode::message;
  spec.folder = wire::text_or(object, "folder", "");
  return spec;
}

json::object limits_to_json(const cell::Limits& limits) {
  return {{"memory_bytes", whole(limits.memory_bytes)},
          {"processes", whole(limits.processes)},
          {"file_bytes", whole(limits.file_bytes)},
          {"temporary_bytes", whole(limits.temporary_bytes)},
          {"open_files", whole(limits.open_files)}};
}

cell::Limits limits_from_json(const json::object& object) {
  cell::Limits limits;
  auto number = [&object](std::string_view name, std::uint64_t otherwise) {
    return static_cast<std::uint64_t>(wire::integer_or(object, name, whole(otherwise)));
  };
  limits.memory_bytes = number("memory_bytes", limits.memory_bytes);
  limits.processes = static_cast<std::uint32_t>(number("processes", limits.processes));
  limits.file_bytes = number("file_bytes", limits.file_bytes);
  limits.temporary_bytes = number("temporary_bytes", limits.temporary_bytes);
  limits.open_files = static_cast<std::uint32_t>(number("open_files", limits.open_files));
  return limits;
}

json::object settings_to_json(const cell::KernelSettings& settings) {
  return {{"journal_memory_bytes", whole(settings.journal_memory_bytes)},
          {"journal_bytes", whole(settings.journal_bytes)},
          {"lonely_ms", settings.lonely_time.count()}};
}

cell::KernelSettings settings_from_json(const json::object& object) {
  cell::KernelSettings settings;
  settings.journal_memory_bytes = static_cast<std::uint64_t>(
      wire::integer_or(object, "journal_memory_bytes", whole(settings.journal_memory_bytes)));
  settings.journal_bytes = static_cast<std::uint64_t>(
      wire::integer_or(object, "journal_bytes", whole(settings.journal_bytes)));
  settings.lonely_time = std::chrono::milliseconds(
      wire::integer_or(object, "lonely_ms", settings.lonely_time.count()));
  return settings;
}

}  // namespace

base::Outcome write_record(const io::Path& run_folder, const KernelRecord& record) {
  const KernelStart& start = record.start;
  json::object object{{"version", 1},
                      {"id", start.id},
                      {"supervisor", record.supervisor},
                      {"started", whole(record.started)},
                      {"key_slot", start.key_slot},
                      {"session_path", start.session_path},
                      {"project", start.project.native()},
                      {"folder", start.folder},
                      {"python", start.python.native()},
                      {"language", start.language},
                      {"time_zone", start.time_zone},
                      {"spec", spec_to_json(start.spec)},
                      {"limits", limits_to_json(start.limits)},
                      {"settings", settings_to_json(start.settings)}};
  io::SystemDisk disk;
  return io::replace_file(disk, run_folder / "kernel.json",
                          base::as_bytes(json::serialize(object)));
}

base::Result<KernelRecord> read_record(const io::Path& run_folder) {
  io::SystemDisk disk;
  CLOISTER_TRY(base::Bytes bytes,
               io::read_file(disk, run_folder / "kernel.json", record_bytes_max));
  CLOISTER_TRY(json::object object, wire::parse_json_object(base::as_text(bytes)));
  KernelRecord record;
  CLOISTER_TRY(std::int64_t supervisor, wire::integer_field(object, "supervisor"));
  CLOISTER_TRY(std::int64_t started, wire::integer_field(object, "started"));
  record.supervisor = static_cast<pid_t>(supervisor);
  record.started = static_cast<std::uint64_t>(started);
  KernelStart& start = record.start;
  CLOISTER_TRY(start.id, wire::text_field(object, "id"));
  start.key_slot = wire::text_or(object, "key_slot", "");
  start.session_path = wire::text_or(object, "session_path", "");
  start.project = wire::text_or(object, "project", "");
  start.folder = wire::text_or(object, "folder", "");
  start.python = wire::text_or(object, "python", "");
  start.language = wire::text_or(object, "language", "C.UTF-8");
  start.time_zone = wire::text_or(object, "time_zone", "");
  CLOISTER_TRY(const json::object* spec, wire::object_field(object, "spec"));
  CLOISTER_TRY(start.spec, spec_from_json(*spec));
  CLOISTER_TRY(const json::object* limits, wire::object_field(object, "limits"));
  start.limits = limits_from_json(*limits);
  CLOISTER_TRY(const json::object* settings, wire::object_field(object, "settings"));
  start.settings = settings_from_json(*settings);
  return record;
}

std::uint64_t start_of_process(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::size_t name_end = text.rfind(')');  // a name may hold spaces and brackets
  if (name_end == text.npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= start_field; ++number)
    if (!(fields >> field)) return 0;
  std::uint64_t started = 0;
  std::from_chars(field.data(), field.data() + field.size(), started);
  return started;
}

}  // namespace cloister::kernels
