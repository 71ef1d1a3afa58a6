// SPDX-License-Identifier: Apache-2.0
#include "cloister/rest/session_file.hpp"

#include "cloister/wire/json.hpp"

namespace cloister::rest {
namespace {

namespace json = boost::json;

constexpr const char* name = "session.json";
constexpr std::uint64_t bytes_max = 64u << 10;

}  // namespace

base::Outcome write_session(io::Disk& disk, const io::Path& kernel_folder,
                            const kernels::Session& session) {
  json::object object{{"id", session.id},
                      {"path", session.path},
                      {"name", session.name},
                      {"type", session.type},
                      {"kernel", session.kernel_id}};
  return io::replace_file(disk, kernel_folder / name, base::as_bytes(json::serialize(object)));
}

std::optional<kernels::Session> read_session(io::Disk& disk, const io::Path& kernel_folder) {
  auto bytes = io::read_file(disk, kernel_folder / name, bytes_max);
  auto object = bytes ? wire::parse_json_object(base::as_text(*bytes))
                      : base::Result<json::object>(std::unexpected(bytes.error()));
  if (!object || wire::text_or(*object, "id", "").empty()) return std::nullopt;
  return kernels::Session{.id = wire::text_or(*object, "id", ""),
                          .path = wire::text_or(*object, "path", ""),
                          .name = wire::text_or(*object, "name", ""),
                          .type = wire::text_or(*object, "type", ""),
                          .kernel_id = wire::text_or(*object, "kernel", "")};
}

}  // namespace cloister::rest
