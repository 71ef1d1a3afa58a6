// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/spec_json.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/wire/json.hpp"

#include "kernel_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace cloister::cell {
namespace {

namespace json = wire::json;

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_specification, std::move(message));
}

base::Outcome check_path(std::string_view what, std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > 4000)
    return bad(fmt::format("{} of a cell must be an absolute path", what));
  if (path.find('\0') != path.npos || fmt::format("{}/", path).find("/../") != std::string::npos)
    return bad(fmt::format("{} of a cell must be a plain path", what));
  return {};
}

base::Outcome check_texts(std::string_view what, const std::vector<std::string>& texts) {
  if (texts.size() > arguments_max) return bad(fmt::format("too many {} for a cell", what));
  for (const std::string& text : texts)
    if (text.find('\0') != text.npos || text.size() > 100'000)
      return bad(fmt::format("one of the {} of a cell is too long or holds a NUL", what));
  return {};
}

json::array texts_to_json(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

base::Outcome only(const json::object& object, std::initializer_list<std::string_view> known) {
  for (const auto& member : object)
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      return bad(fmt::format("a cell cannot be asked for '{}'", std::string_view(member.key())));
  return {};
}

base::Result<std::vector<std::string>> texts(const json::object& object, std::string_view name) {
  CLOISTER_TRY(const json::array* array, wire::array_field(object, name));
  std::vector<std::string> texts;
  for (const json::value& value : *array) {
    if (!value.is_string()) return bad(fmt::format("'{}' holds something that is no text", name));
    texts.emplace_back(value.get_string());
  }
  return texts;
}

base::Result<std::uint64_t> count(const json::object& object, std::string_view name) {
  CLOISTER_TRY(std::int64_t value, wire::integer_field(object, name));
  if (value < 0) return bad(fmt::format("'{}' is negative", name));
  return static_cast<std::uint64_t>(value);
}

json::object limits_to_json(const Limits& limits) {
  return {{"memory_bytes", static_cast<std::int64_t>(limits.memory_bytes)},
          {"processes", static_cast<std::int64_t>(limits.processes)},
          {"file_bytes", static_cast<std::int64_t>(limits.file_bytes)},
          {"temporary_bytes", static_cast<std::int64_t>(limits.temporary_bytes)},
          {"open_files", static_cast<std::int64_t>(limits.open_files)},
          {"cpu_seconds", static_cast<std::int64_t>(limits.cpu_time.count())},
          {"wall_seconds", static_cast<std::int64_t>(limits.wall_time.count())}};
}

base::Result<Limits> limits_from_json(const json::object& object) {
  CLOISTER_TRY_DO(only(object, {"memory_bytes", "processes", "file_bytes", "temporary_bytes",
                                "open_files", "cpu_seconds", "wall_seconds"}));
  Limits limits;
  CLOISTER_TRY(limits.memory_bytes, count(object, "memory_bytes"));
  CLOISTER_TRY(std::uint64_t processes, count(object, "processes"));
  CLOISTER_TRY(limits.file_bytes, count(object, "file_bytes"));
  CLOISTER_TRY(limits.temporary_bytes, count(object, "temporary_bytes"));
  CLOISTER_TRY(std::uint64_t open_files, count(object, "open_files"));
  CLOISTER_TRY(std::uint64_t cpu_seconds, count(object, "cpu_seconds"));
  CLOISTER_TRY(std::uint64_t wall_seconds, count(object, "wall_seconds"));
  constexpr std::uint64_t most = 1u << 30;
  if (std::max({processes, open_files, cpu_seconds, wall_seconds}) > most)
    return bad("a limit of a cell is out of range");
  limits.processes = static_cast<std::uint32_t>(processes);
  limits.open_files = static_cast<std::uint32_t>(open_files);
  limits.cpu_time = std::chrono::seconds(cpu_seconds);
  limits.wall_time = std::chrono::seconds(wall_seconds);
  return limits;
}

base::Result<std::vector<Mount>> mounts_from_json(const json::array& array) {
  std::vector<Mount> mounts;
  for (const json::value& value : array) {
    if (!value.is_object()) return bad("a mount of a cell is no object");
    const json::object& object = value.get_object();
    CLOISTER_TRY_DO(only(object, {"source", "target", "writable"}));
    Mount mount;
    CLOISTER_TRY(mount.source, wire::text_field(object, "source"));
    CLOISTER_TRY(mount.target, wire::text_field(object, "target"));
    mount.writable = wire::flag(object, "writable");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

base::Result<std::vector<GivenFile>> files_from_json(const json::array& array,
                                                     base::ByteView body) {
  std::vector<GivenFile> files;
  for (const json::value& value : array) {
    if (!value.is_object()) return bad("a file of a cell is no object");
    const json::object& object = value.get_object();
    CLOISTER_TRY_DO(only(object, {"target", "bytes", "mode"}));
    GivenFile file;
    std::int64_t mode = wire::integer_or(object, "mode", file.mode);
    if (mode < 0 || mode > 0777) return bad("a file of a cell has no usable mode");
    file.mode = static_cast<unsigned>(mode);
    CLOISTER_TRY(file.target, wire::text_field(object, "target"));
    CLOISTER_TRY(std::uint64_t size, count(object, "bytes"));
    if (size > body.size()) return bad("a file of a cell is shorter than announced");
    file.content = base::as_text(body.first(size));
    body = body.subspan(size);
    files.push_back(std::move(file));
  }
  if (!body.empty()) return bad("there are more bytes than the files of the cell have");
  return files;
}

}  // namespace

base::Outcome check(const CellSpec& spec) {
  if (spec.arguments.empty()) return bad("a cell needs a program to run");
  CLOISTER_TRY_DO(check_path("the program", spec.arguments.front()));
  CLOISTER_TRY_DO(check_texts("arguments", spec.arguments));
  CLOISTER_TRY_DO(check_texts("variables", spec.environment));
  CLOISTER_TRY_DO(check_texts("names", {spec.name, spec.notebook}));
  CLOISTER_TRY_DO(check_path("the working folder", spec.folder));
  if (!spec.private_folder.empty())
    CLOISTER_TRY_DO(check_path("the private folder", spec.private_folder));
  if (spec.mounts.size() > mounts_max || spec.files.size() > mounts_max)
    return bad("too many mounts or files for a cell");
  for (const Mount& mount : spec.mounts) {
    CLOISTER_TRY_DO(check_path("a mount's source", mount.source));
    CLOISTER_TRY_DO(check_path("a mount's target", mount.target));
  }
  std::size_t bytes = 0;
  for (const GivenFile& file : spec.files) {
    CLOISTER_TRY_DO(check_path("a file's target", file.target));
    bytes += file.content.size();
  }
  if (bytes > given_bytes_max) return bad("the files given to a cell are too large");
  return {};
}

namespace {

json::object object_of(const CellSpec& spec, const std::vector<int>& numbers, base::Bytes& body) {
  json::array mounts;
  for (const Mount& mount : spec.mounts)
    mounts.push_back(json::object{
        {"source", mount.source}, {"target", mount.target}, {"writable", mount.writable}});
  json::array files;
  for (const GivenFile& file : spec.files) {
    files.push_back(json::object{{"target", file.target},
                                 {"bytes", static_cast<std::int64_t>(file.content.size())},
                                 {"mode", static_cast<std::int64_t>(file.mode)}});
    base::ByteView content = base::as_bytes(file.content);
    body.insert(body.end(), content.begin(), content.end());
  }
  return {{"name", spec.name},
          {"notebook", spec.notebook},
          {"profile", spec.profile == Profile::kernel ? "kernel" : "worker"},
          {"arguments", texts_to_json(spec.arguments)},
          {"environment", texts_to_json(spec.environment)},
          {"folder", spec.folder},
          {"mounts", std::move(mounts)},
          {"private_folder", spec.private_folder},
          {"files", std::move(files)},
          {"limits", limits_to_json(spec.limits)},
          {"numbers", json::array(numbers.begin(), numbers.end())}};
}

// The key and the descriptors of a kernel are the last of the frame's.
base::Result<KernelRequest> kernel_from_frame(const json::object& object, io::Frame& frame,
                                              std::size_t numbers) {
  KernelRequest kernel;
  CLOISTER_TRY(kernel.settings, kernel_settings_from_json(object));
  std::size_t own = frame.descriptors.size() - std::min(numbers, frame.descriptors.size());
  if (own < 2 || own > 3 || frame.body.size() < crypto::key_bytes)
    return bad("a kernel needs its sockets, its journal and a key");
  kernel.descriptors.attach = std::move(frame.descriptors[numbers]);
  kernel.descriptors.journal = std::move(frame.descriptors[numbers + 1]);
  if (own == 3) kernel.descriptors.door = std::move(frame.descriptors[numbers + 2]);
  frame.descriptors.resize(numbers);
  std::span<std::byte> key = std::span(frame.body).last(crypto::key_bytes);
  kernel.key = base::SecretBytes::copy_of(key);
  base::wipe(key);
  frame.body.resize(frame.body.size() - crypto::key_bytes);
  return kernel;
}

base::Outcome check_kernel(const CellSpec& spec) {
  if (spec.profile != Profile::kernel) return bad("a worker hosts no kernel");
  if (spec.limits.cpu_time.count() > 0 || spec.limits.wall_time.count() > 0)
    return bad("a kernel has no limit of time");
  return {};
}

}  // namespace

io::Frame to_frame(const CellSpec& spec, const std::vector<int>& numbers) {
  io::Frame frame;
  frame.header = json::serialize(object_of(spec, numbers, frame.body));
  return frame;
}

io::Frame kernel_request_to_frame(const CellSpec& spec, const KernelSettings& settings,
                                  KernelDescriptors descriptors, const base::SecretBytes& key) {
  io::Frame frame;
  json::object object = object_of(spec, {}, frame.body);
  object["kernel"] = to_json(settings);
  frame.header = json::serialize(object);
  frame.body.insert(frame.body.end(), key.view().begin(), key.view().end());
  frame.descriptors.push_back(std::move(descriptors.attach));
  frame.descriptors.push_back(std::move(descriptors.journal));
  if (descriptors.door.open()) frame.descriptors.push_back(std::move(descriptors.door));
  return frame;
}

base::Result<Request> request_from_frame(io::Frame frame) {
  CLOISTER_TRY(json::object object, wire::parse_json_object(frame.header));
  CLOISTER_TRY_DO(
      only(object, {"name", "notebook", "profile", "arguments", "environment", "folder", "mounts",
                    "private_folder", "files", "limits", "numbers", "kernel"}));
  Request request;
  CellSpec& spec = request.spec;
  CLOISTER_TRY(const json::array* numbers, wire::array_field(object, "numbers"));
  if (object.contains("kernel")) {
    CLOISTER_TRY(const json::object* kernel, wire::object_field(object, "kernel"));
    CLOISTER_TRY(request.kernel, kernel_from_frame(*kernel, frame, numbers->size()));
  }
  CLOISTER_TRY(spec.name, wire::text_field(object, "name"));
  CLOISTER_TRY(spec.notebook, wire::text_field(object, "notebook"));
  CLOISTER_TRY(std::string profile, wire::text_field(object, "profile"));
  if (profile != "kernel" && profile != "worker") return bad("a cell has no such profile");
  spec.profile = profile == "kernel" ? Profile::kernel : Profile::worker;
  CLOISTER_TRY(spec.arguments, texts(object, "arguments"));
  CLOISTER_TRY(spec.environment, texts(object, "environment"));
  CLOISTER_TRY(spec.folder, wire::text_field(object, "folder"));
  CLOISTER_TRY(const json::array* mounts, wire::array_field(object, "mounts"));
  CLOISTER_TRY(spec.mounts, mounts_from_json(*mounts));
  CLOISTER_TRY(spec.private_folder, wire::text_field(object, "private_folder"));
  CLOISTER_TRY(const json::array* files, wire::array_field(object, "files"));
  CLOISTER_TRY(spec.files, files_from_json(*files, frame.body));
  CLOISTER_TRY(const json::object* limits, wire::object_field(object, "limits"));
  CLOISTER_TRY(spec.limits, limits_from_json(*limits));
  std::set<int> seen;
  for (const json::value& number : *numbers) {
    if (!number.is_int64() || number.get_int64() < 0 || number.get_int64() > 200 ||
        !seen.insert(static_cast<int>(number.get_int64())).second)
      return bad("a descriptor of a cell has no usable number");
    request.numbers.push_back(static_cast<int>(number.get_int64()));
  }
  if (request.numbers.size() != frame.descriptors.size())
    return bad("the descriptors of a cell do not match their numbers");
  CLOISTER_TRY_DO(check(spec));
  if (request.kernel) CLOISTER_TRY_DO(check_kernel(spec));
  request.descriptors = std::move(frame.descriptors);
  return request;
}

}  // namespace cloister::cell
