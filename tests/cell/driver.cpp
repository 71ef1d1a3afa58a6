// SPDX-License-Identifier: Apache-2.0
// Starts one cell for tests: a specification as JSON on standard input, events as JSON lines on
// standard output. Lines after the specification are orders: "interrupt", "kill", "release"
// (destroys the Cell). The payload's output comes as events {"event":"output","stream":1,"text":…}.
#include "cloister/cell/cell.hpp"
#include "cloister/wire/json.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

namespace json = boost::json;
using namespace cloister;

std::mutex printing;

void print(const json::object& event) {
  std::lock_guard lock(printing);
  std::cout << json::serialize(event) << std::endl;
}

int fail(const base::Error& error) {
  json::object event = wire::to_json(error);
  event["event"] = "failed";
  print(event);
  return static_cast<int>(error.kind);
}

std::vector<std::string> texts(const json::object& object, const char* name) {
  std::vector<std::string> list;
  if (const json::value* value = object.if_contains(name))
    for (const json::value& text : value->as_array()) list.emplace_back(text.as_string());
  return list;
}

cell::Limits limits_from(const json::object& object) {
  cell::Limits limits;
  auto number = [&object](const char* name, std::uint64_t otherwise) {
    return static_cast<std::uint64_t>(
        wire::integer_or(object, name, static_cast<std::int64_t>(otherwise)));
  };
  limits.memory_bytes = number("memory_bytes", limits.memory_bytes);
  limits.processes = static_cast<std::uint32_t>(number("processes", limits.processes));
  limits.file_bytes = number("file_bytes", limits.file_bytes);
  limits.temporary_bytes = number("temporary_bytes", limits.temporary_bytes);
  limits.open_files = static_cast<std::uint32_t>(number("open_files", limits.open_files));
  limits.cpu_time = std::chrono::seconds(number("cpu_seconds", 0));
  limits.wall_time = std::chrono::seconds(number("wall_seconds", 0));
  return limits;
}

cell::CellSpec spec_from(const json::object& object) {
  cell::CellSpec spec;
  spec.name = wire::text_or(object, "name", "test");
  spec.notebook = wire::text_or(object, "notebook", "");
  spec.profile = wire::text_or(object, "profile", "kernel") == "worker" ? cell::Profile::worker
                                                                        : cell::Profile::kernel;
  spec.arguments = texts(object, "arguments");
  spec.environment = texts(object, "environment");
  spec.folder = wire::text_or(object, "folder", "/tmp");
  spec.private_folder = wire::text_or(object, "private_folder", "");
  if (const json::value* mounts = object.if_contains("mounts"))
    for (const json::value& mount : mounts->as_array())
      spec.mounts.push_back({.source = wire::text_or(mount.as_object(), "source", ""),
                             .target = wire::text_or(mount.as_object(), "target", ""),
                             .writable = wire::flag(mount.as_object(), "writable")});
  if (const json::value* files = object.if_contains("files"))
    for (const json::value& file : files->as_array())
      spec.files.push_back({.target = wire::text_or(file.as_object(), "target", ""),
                            .content = wire::text_or(file.as_object(), "content", "")});
  if (const json::value* limits = object.if_contains("limits"))
    spec.limits = limits_from(limits->as_object());
  return spec;
}

void print_output(int stream, const io::Descriptor& from) {
  std::array<char, 65536> bytes{};
  for (;;) {
    ssize_t got = read(from.number(), bytes.data(), bytes.size());
    if (got <= 0) return;
    std::string text;
    for (ssize_t i = 0; i < got; ++i)
      text += bytes[static_cast<std::size_t>(i)] < 0 ? '?' : bytes[static_cast<std::size_t>(i)];
    print({{"event", "output"}, {"stream", stream}, {"text", text}});
  }
}

void print_attempt(const cell::Attempt& attempt) {
  print({{"event", "attempt"},
         {"time", base::to_rfc3339(attempt.time)},
         {"cell", attempt.cell},
         {"notebook", attempt.notebook},
         {"pid", attempt.pid},
         {"program", attempt.program},
         {"operation", attempt.operation},
         {"family", attempt.family},
         {"address", attempt.address},
         {"port", attempt.port},
         {"host", attempt.host},
         {"verdict", attempt.verdict},
         {"count", attempt.count}});
}

void print_exit(const cell::CellExit& exit) {
  constexpr std::array reasons{"exited", "signalled", "timeout", "killed", "setup-failed"};
  print({{"event", "exit"},
         {"reason", reasons[static_cast<std::size_t>(exit.reason)]},
         {"code", exit.code},
         {"signal", exit.signal},
         {"seconds", exit.seconds},
         {"message", exit.message},
         {"unrouted", exit.unrouted},
         {"interfaces", json::value_from(exit.interfaces)}});
}

// Orders come while the cell runs; the end of standard input is none.
void follow_orders(std::unique_ptr<cell::Cell>& cell, std::mutex& guard) {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::lock_guard lock(guard);
    if (!cell) return;
    if (line == "interrupt") cell->interrupt();
    if (line == "kill") cell->kill();
  }
}

}  // namespace

int main() {
  std::string line;
  std::getline(std::cin, line);
  auto object = wire::parse_json_object(line);
  if (!object) return fail(object.error());
  auto out = io::pipe();
  auto error = io::pipe();
  if (!out || !error) return 1;
  std::vector<io::Inherited> descriptors{{1, &out->second}, {2, &error->second}};
  // "extra": how many further descriptors (pipes' ends) the payload inherits from 3 on.
  std::vector<io::DescriptorPair> extra(
      static_cast<std::size_t>(wire::integer_or(*object, "extra", 0)));
  for (std::size_t i = 0; i < extra.size(); ++i) {
    extra[i] = *io::socket_pair();
    descriptors.push_back({static_cast<int>(i) + 3, &extra[i].second});
  }
  auto started = cell::Cell::start(spec_from(*object), descriptors, print_attempt);
  if (!started) return fail(started.error());
  std::unique_ptr<cell::Cell> cell = std::move(*started);
  out->second.close();
  error->second.close();
  print({{"event", "started"},
         {"supervisor", cell->supervisor()},
         {"payload", cell->payload()},
         {"limits", cell->limits_by()}});
  std::thread first([&] { print_output(1, out->first); });
  std::thread second([&] { print_output(2, error->first); });
  std::mutex guard;
  std::thread([&] { follow_orders(cell, guard); }).detach();
  auto exit = cell->wait(io::no_deadline);
  first.join();
  second.join();
  {
    std::lock_guard lock(guard);
    cell.reset();
  }
  if (!exit) return fail(exit.error());
  print_exit(**exit);
  std::_Exit(0);  // the thread that waits for orders may still read
}
