// SPDX-License-Identifier: Apache-2.0
// run-driver FILE [--table NAME=STREAM]… [--timeout-ms N] [--memory-mib N] [--argument TEXT]…
//   --run-folder DIR
// Runs FILE in a sealed cell and prints the result as one JSON document. The door serves the Arrow
// IPC streams that --table names; what the script saves is there until the end. Attempts
// are told on standard error as they come. SIGINT cancels.
#include "cloister/base/bytes.hpp"
#include "cloister/base/random.hpp"
#include "cloister/io/sealed_memory.hpp"
#include "cloister/kernels/run.hpp"
#include "cloister/wire/json.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace cloister;
namespace json = wire::json;

class FileDoor final : public kernels::DoorHandler {
 public:
  base::Outcome add(const std::string& name, const std::string& path) {
    io::SystemDisk disk;
    CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, path, 4ull << 30));
    CLOISTER_TRY(tables_[name], io::sealed_copy_of(bytes, "table"));
    return {};
  }

  base::Result<std::vector<wire::DoorDataset>> datasets(std::stop_token) override {
    std::lock_guard lock(mutex_);
    std::vector<wire::DoorDataset> list;
    for (const auto& [name, table] : tables_) list.push_back(info(name));
    return list;
  }
  base::Result<wire::DoorDataset> describe(const wire::DoorDescribe& request,
                                           std::stop_token) override {
    CLOISTER_TRY(auto table, copy_of(request.dataset));
    return info(request.dataset);
  }
  base::Result<kernels::DoorTable> read(const wire::DoorRead& request, std::stop_token) override {
    CLOISTER_TRY(io::Descriptor arrow, copy_of(request.dataset));
    return kernels::DoorTable{.arrow = std::move(arrow), .size = {}};
  }
  base::Result<kernels::DoorTable> query(const wire::DoorQuery& request,
                                         std::stop_token stop) override {
    return read({.dataset = request.sql, .columns = {}, .limit = {}}, stop);
  }
  base::Result<wire::DoorDataset> save(const wire::DoorSave& request, io::Descriptor arrow,
                                       std::stop_token) override {
    std::lock_guard lock(mutex_);
    tables_[request.name] = std::move(arrow);
    return info(request.name);
  }

 private:
  static wire::DoorDataset info(const std::string& name) {
    return {.dataset = name.substr(0, name.find('@')),
            .version = 1,
            .rows = 0,
            .class_name = "",
            .created = "2026-11-25T21:36:00.000000Z",
            .columns = {}};
  }
  base::Result<io::Descriptor> copy_of(const std::string& reference) {
    std::lock_guard lock(mutex_);
    auto found = tables_.find(reference.substr(0, reference.find('@')));
    if (found != tables_.end()) return found->second.duplicate();
    return base::fail({"policy.denied", base::Kind::denied},
                      "the dataset was not granted to this cell", "cloister run --dataset NAME");
  }

  std::mutex mutex_;
  std::map<std::string, io::Descriptor> tables_;
};

struct Order {
  kernels::RunRequest request;
  io::Path run_folder;
};

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

base::Result<Order> parse(int count, char** arguments, FileDoor& door) {
  Order order;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    std::string value = i + 1 < count ? arguments[i + 1] : "";
    if (!argument.starts_with("--")) {
      io::SystemDisk disk;
      CLOISTER_TRY(base::Bytes source, io::read_file(disk, argument, 16u << 20));
      order.request.file_name = argument;
      order.request.source = base::as_text(source);
      continue;
    }
    ++i;
    if (argument == "--table") {
      CLOISTER_TRY_DO(
          door.add(value.substr(0, value.find('=')), value.substr(value.find('=') + 1)));
    } else if (argument == "--timeout-ms")
      order.request.timeout = std::chrono::milliseconds(number_of(value));
    else if (argument == "--memory-mib")
      order.request.limits.memory_bytes = number_of(value) << 20;
    else if (argument == "--argument")
      order.request.arguments.push_back(value);
    else if (argument == "--run-folder")
      order.run_folder = value;
  }
  base::SystemRandom random;
  order.request.name = base::random_id(random);
  CLOISTER_TRY(order.request.python, kernels::find_python());
  return order;
}

json::object to_json(const kernels::RunResult& result) {
  json::array outputs;
  for (const kernels::Output& output : result.outputs)
    outputs.push_back(json::object{{"mime", output.mime}, {"data", output.data}});
  json::array attempts;
  for (const cell::Attempt& attempt : result.attempts)
    attempts.push_back(json::object{{"operation", attempt.operation},
                                    {"family", attempt.family},
                                    {"address", attempt.address},
                                    {"port", attempt.port}});
  return {{"status", kernels::status_name(result.status)},
          {"message", result.message},
          {"exit_code", result.exit_code},
          {"stdout", result.stdout_text},
          {"stderr", result.stderr_text},
          {"outputs", std::move(outputs)},
          {"attempts", std::move(attempts)},
          {"seconds", result.seconds}};
}

int fail_with(const base::Error& error) {
  fmt::print("{}\n", json::serialize(json::object{{"error", wire::to_json(error)}}));
  return static_cast<int>(error.kind);
}

}  // namespace

int main(int count, char** arguments) {
  sigset_t interrupts;
  sigemptyset(&interrupts);
  sigaddset(&interrupts, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupts, nullptr);
  std::stop_source stop;
  std::thread([interrupts, stop]() mutable {
    int number = 0;
    sigwait(&interrupts, &number);
    stop.request_stop();
  }).detach();

  FileDoor door;
  auto order = parse(count, arguments, door);
  if (!order) return fail_with(order.error());
  auto tell = [](const cell::Attempt& attempt) {
    fmt::print(stderr, "attempt {}\n", attempt.operation);
  };
  auto result = kernels::run_script(order->request, door, {.run_folder = order->run_folder}, tell,
                                    stop.get_token());
  if (!result) return fail_with(result.error());
  fmt::print("{}\n", json::serialize(to_json(*result)));
  return 0;
}
