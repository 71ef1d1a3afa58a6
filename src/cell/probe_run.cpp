// SPDX-License-Identifier: Apache-2.0
#include "probe_run.hpp"

#include "cloister/base/random.hpp"
#include "cloister/cell/errors.hpp"
#include "cloister/wire/json.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace cloister::cell {
namespace {

constexpr int answer_wait_ms = 30'000;
constexpr int left_behind_wait_ms = 300;
constexpr std::size_t output_bytes_max = 64u << 10;

// Lets the capabilities of the world's user namespace survive exec.
bool keep_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  for (auto& set : sets) set.inheritable = set.permitted;
  if (syscall(SYS_capset, &header, sets.data()) != 0) return false;
  for (unsigned long i = 0; i <= CAP_LAST_CAP; ++i)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
  return true;
}

// In the child: who the control is. Mounts and names that it changes are its own.
bool take_identity(const OutsideWorld& world, const ProbeRow& row) {
  if (row.has("privileged")) {
    if (unshare(CLONE_NEWNS | CLONE_NEWUTS) != 0) return false;
    return world.as_root() || keep_capabilities();
  }
  if (!world.as_root()) return true;
  return setgroups(0, nullptr) == 0 &&
         setresgid(world.group(), world.group(), world.group()) == 0 &&
         setresuid(world.person(), world.person(), world.person()) == 0;
}

std::vector<std::string> control_environment(const OutsideWorld& world) {
  return {"HOME=" + world.path("home"),
          "SSH_AUTH_SOCK=" + world.path("home/run/ssh-agent"),
          "DBUS_SESSION_SOCKET=" + world.path("home/run/bus"),
          "WAYLAND_DISPLAY=" + world.path("home/run/wayland-0"),
          "https_proxy=127.0.0.1",
          "TOKEN=" + world.secret()};
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void become_control(const OutsideWorld& world, const ProbeRow& row, int output,
                                 int terminal, pid_t parent,
                                 const std::vector<std::string>& arguments) {
  auto environment = control_environment(world);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  bool ready = take_identity(world, row) && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
               getppid() == parent && dup2(terminal >= 0 ? terminal : null, 0) == 0 &&
               dup2(output, 1) == 1 && chdir("/") == 0;
  if (row.has("terminal") && row.has("privileged")) setsid();
  if (ready)
    execve(arguments[0].c_str(), pointers_to(arguments).data(), pointers_to(environment).data());
  _exit(127);
}

}  // namespace

LeftOpen::LeftOpen(OutsideWorld& world, const ProbeRow& row) {
  if (row.has("inherits")) {
    socket_ = io::Descriptor(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(outside_tcp_port);
    inet_pton(AF_INET, std::string(outside_address4).c_str(), &address.sin_addr);
    if (connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      socket_.close();
    folder_ = io::Descriptor(::open("/", O_RDONLY | O_DIRECTORY));
  }
  if (row.has("terminal")) {
    master_ = io::Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    std::array<char, 64> name{};
    if (!master_.open() || grantpt(master_.number()) != 0 || unlockpt(master_.number()) != 0 ||
        ptsname_r(master_.number(), name.data(), name.size()) != 0)
      return;
    terminal_ = io::Descriptor(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ioctl(terminal_.number(), TIOCSCTTY, 0);
  }
  (void)world;
}

LeftOpen::~LeftOpen() {
  if (terminal_.open()) ioctl(terminal_.number(), TIOCNOTTY);
}

Output collect_output(const io::Descriptor& pipe, bool one_line, int wait_ms) {
  using namespace std::chrono;
  Output output{.text = {}, .ended = false};
  auto end = steady_clock::now() + milliseconds(wait_ms);
  while (!output.ended && output.text.size() < output_bytes_max) {
    if (one_line && output.text.ends_with('\n')) break;
    auto left = ceil<milliseconds>(end - steady_clock::now()).count();
    pollfd wanted{.fd = pipe.number(), .events = POLLIN, .revents = 0};
    if (left < 0 || poll(&wanted, 1, static_cast<int>(left)) != 1) break;
    std::array<char, 4096> bytes;
    ssize_t count = ::read(pipe.number(), bytes.data(), bytes.size());
    if (count > 0) output.text.append(bytes.data(), static_cast<std::size_t>(count));
    output.ended = count <= 0;
  }
  return output;
}

ProbeRun parse_answer(const std::string& text) {
  ProbeRun run;
  auto object = wire::parse_json_object(text);
  if (!object) return run;
  std::string said = wire::text_or(*object, "result", "");
  run.said = said == "open"      ? Said::open
             : said == "within"  ? Said::within
             : said == "blocked" ? Said::blocked
                                 : Said::nothing;
  run.error = static_cast<int>(wire::integer_or(*object, "errno", 0));
  run.detail = wire::text_or(*object, "detail", "");
  return run;
}

base::Result<ProbeRun> run_control(OutsideWorld& world, const ProbeRow& row) {
  LeftOpen left_open(world, row);
  world.other_process_signalled();  // forget what earlier runs did
  base::SystemRandom random;
  boost::json::object fixtures = world.fixtures();
  fixtures["token"] = "token-" + base::random_id(random) + base::random_id(random);
  add_resource_fixtures(fixtures);
  std::vector<std::string> arguments{world.path("bin/probe"), row.id, "--fixtures",
                                     boost::json::serialize(fixtures)};
  CLOISTER_TRY(io::DescriptorPair output, io::pipe());
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return base::fail_errno(errors::selftest, "cannot fork", errno);
  if (child == 0)
    become_control(world, row, output.second.number(), left_open.terminal().number(), parent,
                   arguments);
  output.second.close();
  Output answer = collect_output(output.first, true, answer_wait_ms);
  if (answer.text.empty() && !answer.ended) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ProbeRun run = parse_answer(answer.text);
  run.ended_by_force = WIFSIGNALED(status);
  if (run.said == Said::nothing)
    run.detail = run.ended_by_force ? "ended by signal " + std::to_string(WTERMSIG(status))
                                    : "gave no answer";
  if (row.has("neighbour") && world.other_process_signalled())
    run.witnesses.push_back("a signal reached a process of the outside");
  if (row.has("outlives") && !collect_output(output.first, false, left_behind_wait_ms).ended)
    run.witnesses.push_back("a process stayed behind");
  return run;
}

}  // namespace cloister::cell
