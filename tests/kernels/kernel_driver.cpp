// SPDX-License-Identifier: Apache-2.0
// kernel-driver start RUN_FOLDER OPTIONS | attach RUN_FOLDER
// The server's part in tests: owns one kernel, takes orders as JSON lines on standard input, prints
// events as JSON lines. SIGKILL is how a server dies here.
#include "cloister/base/clock.hpp"
#include "cloister/base/random.hpp"
#include "cloister/kernels/kernel.hpp"
#include "cloister/wire/json.hpp"

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <set>
#include <string>

namespace {

using namespace cloister;
namespace json = wire::json;
namespace attach = cell::attach;

constexpr std::size_t shown_bytes_max = 4096;

std::mutex printing;
void print(const json::object& event) {
  std::lock_guard lock(printing);
  std::cout << json::serialize(event) << std::endl;
}

int fail(const base::Error& error) {
  print({{"event", "failed"}, {"error", wire::to_json(error)}});
  return 1;
}

json::value value_of(base::ByteView part) {
  if (part.size() > shown_bytes_max) return part.size();
  boost::json::error_code ignored;
  auto value = json::parse(base::as_text(part), ignored);
  return ignored ? json::value(base::as_text(part)) : value;
}

// Holds the listening thread: a subscriber that reads slowly.
class Gate {
 public:
  void set(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};
Gate gate;

void print_message(const attach::Message& message, base::ByteView body) {
  gate.pass();
  auto parts = wire::unpack(message.sizes, body);
  if (!parts) return print({{"event", "bad"}});
  auto header = wire::read_header(parts->header);
  print({{"event", "message"},
         {"seq", message.seq},
         {"first", message.first},
         {"channel", wire::channel_name(message.channel)},
         {"type", header ? header->type : ""},
         {"session", header ? header->session : ""},
         {"parent", wire::read_parent_header(parts->parent_header).id},
         {"metadata", value_of(parts->metadata)},
         {"content", value_of(parts->content)},
         {"buffers", parts->buffers.size()}});
}

kernels::KernelEvents events() {
  kernels::KernelEvents all;
  all.message = [](const attach::Message& message, base::Bytes body) {
    print_message(message, body);
  };
  all.state = [](const attach::State& state) {
    json::object event = json::parse(attach::to_json(state)).as_object();
    print(event);
  };
  all.attempt = [](const cell::Attempt& attempt) {
    print({{"event", "attempt"},
           {"operation", attempt.operation},
           {"address", attempt.address},
           {"port", attempt.port},
           {"count", attempt.count}});
  };
  all.door = [](io::Descriptor) { print({{"event", "door"}}); };
  all.refused = [](const base::Error& error) {
    print({{"event", "refused"}, {"error", wire::to_json(error)}});
  };
  all.ended = [](const attach::Ended& ended) {
    print(json::parse(attach::to_json(ended)).as_object());
  };
  all.gone = [] { print({{"event", "gone"}}); };
  return all;
}

kernels::KernelStart start_from(const json::object& options) {
  kernels::KernelStart start;
  start.id = wire::text_or(options, "id", "kernel-1");
  start.spec =
      *kernels::find_kernelspecs(
           {.jupyter_path = {}, .user_data = {}, .prefixes = {}, .ipython = {}, .system = false})
           .find(kernels::default_kernelspec);
  if (const json::value* argv = options.if_contains("argv")) {
    start.spec.argv.clear();
    for (const json::value& argument : argv->as_array())
      start.spec.argv.emplace_back(argument.as_string());
  }
  if (wire::flag(options, "interrupt_by_message"))
    start.spec.interrupt_mode = cell::InterruptMode::message;
  start.session_path = "work/analysis.ipynb";
  start.project = wire::text_or(options, "project", "");
  start.python = wire::text_or(options, "python", "");
  auto& settings = start.settings;
  auto number = [&](const char* name, std::int64_t otherwise) {
    return wire::integer_or(options, name, otherwise);
  };
  settings.journal_memory_bytes = static_cast<std::uint64_t>(
      number("journal_memory_bytes", static_cast<std::int64_t>(settings.journal_memory_bytes)));
  settings.journal_bytes = static_cast<std::uint64_t>(
      number("journal_bytes", static_cast<std::int64_t>(settings.journal_bytes)));
  settings.start_time = std::chrono::milliseconds(number("start_ms", 120'000));
  settings.lost_idle_time = std::chrono::milliseconds(number("lost_idle_ms", 5'000));
  settings.lonely_time =
      std::chrono::milliseconds(number("lonely_ms", settings.lonely_time.count()));
  return start;
}

base::Outcome send(kernels::Kernel& kernel, const json::object& order) {
  base::SystemClock clock;
  base::SystemRandom random;
  std::string type = wire::text_or(order, "type", "execute_request");
  std::string content = json::serialize(order.at("content"));
  auto message =
      wire::synthesise({.session = "client", .why = "test"}, type, content, {}, clock, random);
  auto channel = wire::channel_from_name(wire::text_or(order, "channel", "shell"));
  auto header = wire::read_header(message.header);
  if (header) print({{"event", "sent"}, {"id", header->id}});
  return kernel.send(*channel, message);
}

base::Outcome obey(kernels::Kernel& kernel, const json::object& order) {
  std::string what = wire::text_or(order, "do", "");
  if (what == "send") return send(kernel, order);
  if (what == "subscribe")
    return kernel.subscribe(static_cast<std::uint64_t>(wire::integer_or(order, "from", 0)));
  if (what == "state") return kernel.ask_state();
  if (what == "interrupt") return kernel.interrupt();
  if (what == "shutdown") return kernel.shut_down();
  if (what == "kill") return kernel.kill();
  if (what == "restart") return kernel.restart(base::SecretBytes(32));
  if (what == "hold") gate.set(false);
  if (what == "go-on") gate.set(true);
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  io::Path folder(arguments[2]);
  base::Result<std::unique_ptr<kernels::Kernel>> kernel =
      base::fail(base::Code{"driver.usage", base::Kind::usage}, "start or attach");
  if (std::string_view(arguments[1]) == "attach") {
    kernel = kernels::Kernel::attach(folder, events());
  } else {
    auto options = wire::parse_json_object(arguments[3]);
    if (!options) return fail(options.error());
    base::SystemRandom random;
    base::SecretBytes key(32);
    random.fill(key.writable());
    kernel = kernels::Kernel::start(start_from(*options), folder, key, events());
  }
  if (!kernel) return fail(kernel.error());
  print({{"event", "owned"}});
  std::string line;
  while (std::getline(std::cin, line)) {
    auto order = wire::parse_json_object(line);
    if (!order) return fail(order.error());
    if (auto done = obey(**kernel, *order); !done)
      print({{"event", "refused"}, {"error", wire::to_json(done.error())}});
  }
  gate.set(true);
  return 0;
}
