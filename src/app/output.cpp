// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include "cloister/app/errors.hpp"
#include "cloister/io/disk.hpp"

#include "render.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cloister::app {
namespace json = boost::json;
namespace {

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) std::_Exit(errno == EPIPE ? 0 : 1);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Copies a descriptor's content to another.
base::Outcome copy_all(const io::Descriptor& from, int to) {
  CLOISTER_TRY(std::uint64_t size, io::size_of(from));
  for (std::uint64_t at = 0; at < size;) {
    CLOISTER_TRY(base::Bytes part, io::read_at(from, at, 1u << 20));
    if (part.empty()) break;
    at += part.size();
    std::string_view text = base::as_text(part);
    while (!text.empty()) {
      ssize_t written = ::write(to, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0)
        return base::fail_errno(errors::cannot_write, "cannot write the result", errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return {};
}

// `--out F`: beside F first, then in its place, so that F is never half a result.
base::Outcome write_file(const std::string& path, const api::Reply& reply,
                         const std::string& text) {
  std::string beside = path + ".part";
  io::Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.open())
    return base::fail_errno(errors::cannot_write, fmt::format("cannot write {}", path), errno);
  if (!reply.files.empty()) {
    CLOISTER_TRY_DO(copy_all(reply.files[0], file.number()));
  } else {
    io::SystemDisk disk;
    CLOISTER_TRY_DO(disk.write_at(file, 0, base::as_bytes(text)));
  }
  if (fsync(file.number()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0)
    return base::fail_errno(errors::cannot_write, fmt::format("cannot write {}", path), errno);
  return {};
}

// The JSON document; rows that came as text are put in as they are.
std::string json_document(const ParsedLine& line, const api::Reply& reply) {
  if (line.command->verb != "data query" || reply.body.empty())
    return json::serialize(reply.result) + "\n";
  std::string text = json::serialize(reply.result);
  text.insert(text.size() - 1, ",\"rows\":" + reply.body);
  return text + "\n";
}

}  // namespace

int exit_code(base::Kind kind) {
  return static_cast<int>(kind);
}

void write_output(std::string_view text) {
  write_all(STDOUT_FILENO, text);
}

int print_reply(const ParsedLine& line, api::Reply reply) {
  const std::string* format = line.find("format");
  const std::string* out = line.find("out");
  bool as_json = line.has("json");
  if (line.command->verb == "data query" && out == nullptr && format != nullptr &&
      *format == "arrow") {
    if (auto copied = copy_all(reply.files[0], STDOUT_FILENO); !copied)
      return print_error(line, copied.error());
    return 0;
  }
  if (out != nullptr) {
    std::string text = line.command->verb == "data query"
                           ? render_rows(reply, format ? *format : "csv")
                           : reply.body;
    if (auto written = write_file(*out, reply, text); !written)
      return print_error(line, written.error());
    reply.result["out"] = *out;
    if (line.command->verb == "data query") reply.body.clear();
  }
  if (as_json) {
    write_output(json_document(line, reply));
  } else {
    write_output(render(line, reply));
  }
  for (const base::Error& finding : reply.findings)
    write_all(STDERR_FILENO, fmt::format("cloister: {}: {}\n", finding.code, finding.message));
  if (reply.findings.empty()) return 0;
  if (!reply.findings[0].hint.empty())
    write_all(STDERR_FILENO, fmt::format("hint: {}\n", reply.findings[0].hint));
  return exit_code(reply.findings[0].kind);
}

int print_error(const ParsedLine& line, const base::Error& error) {
  write_all(STDERR_FILENO, fmt::format("cloister: {}: {}\n", error.code, error.message));
  if (!error.hint.empty()) write_all(STDERR_FILENO, fmt::format("hint: {}\n", error.hint));
  if (line.has("json"))
    write_output(
        json::serialize(json::object{
            {"error", {{"code", error.code}, {"message", error.message}, {"hint", error.hint}}}}) +
        "\n");
  return exit_code(error.kind);
}

void print_item(const ParsedLine& line, const json::object& item) {
  write_output(line.has("json") ? json::serialize(item) + "\n" : render_attempt(item));
}

void print_hint(const ParsedLine& line, std::string_view text) {
  if (line.has("json") || line.has("quiet")) return;
  write_all(STDERR_FILENO, fmt::format("hint: {}\n", text));
}

}  // namespace cloister::app
