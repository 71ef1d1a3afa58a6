// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/process.hpp"

#include "cloister/io/errors.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

struct Ran {
  Exit exit;
  std::string output;
};

// Runs a shell script whose descriptor 1 is a pipe to us.
Ran run(const std::string& script, Command command = {.arguments = {}}) {
  DescriptorPair output = pipe().value();
  command.arguments = {"/bin/sh", "-c", script};
  command.descriptors.push_back({.number = 1, .descriptor = &output.second});
  Process process = Process::start(command).value();
  output.second.close();
  Ran ran;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(output.first.number(), part.data(), part.size())) > 0;)
    ran.output.append(part.data(), static_cast<std::size_t>(got));
  ran.exit = process.wait(deadline_in(60s)).value().value();
  return ran;
}

TEST(Process, TellsHowItEnded) {
  EXPECT_EQ(run("exit 0").exit.code, 0);
  EXPECT_EQ(run("exit 42").exit.code, 42);
  Ran killed = run("kill -TERM $$");
  EXPECT_EQ(killed.exit.signal, SIGTERM);
  EXPECT_EQ(killed.exit.code, 0);
}

TEST(Process, HasTheArgumentsEnvironmentAndFolderThatItWasGiven) {
  setenv("CLOISTER_TEST_SECRET", "inherited", 1);
  Command command{.arguments = {}, .environment = {"A=b c", "EMPTY="}, .folder = "/usr"};
  Ran ran =
      run("pwd; echo \"$A|$EMPTY|$CLOISTER_TEST_SECRET\"; tr '\\0' '\\n' </proc/self/environ | "
          "grep -c SECRET",
          std::move(command));
  EXPECT_EQ(ran.output, "/usr\nb c||\n0\n");
  unsetenv("CLOISTER_TEST_SECRET");
}

TEST(Process, InheritsTheNamedDescriptorsAndNoOthers) {
  DescriptorPair one = pipe().value();
  DescriptorPair two = pipe().value();
  int leaking = ::open("/dev/null", O_RDONLY);  // not close-on-exec, as a library might leave it
  Command command{.arguments = {}};
  // Crossing numbers: each one's target may be where the other one lies now.
  command.descriptors = {{.number = two.second.number(), .descriptor = &one.second},
                         {.number = one.second.number(), .descriptor = &two.second}};
  std::string script = "echo first >&" + std::to_string(two.second.number()) + "; echo second >&" +
                       std::to_string(one.second.number()) + "; ls /proc/self/fd | wc -l";
  Ran ran = run(script, std::move(command));
  ::close(leaking);
  // 0, 1, 2, our two, and the one with which ls reads the folder.
  EXPECT_EQ(ran.output, "6\n");
  std::array<char, 16> text{};
  ASSERT_EQ(::read(one.first.number(), text.data(), text.size()), 6);
  EXPECT_STREQ(text.data(), "first\n");
  text = {};
  ASSERT_EQ(::read(two.first.number(), text.data(), text.size()), 7);
  EXPECT_STREQ(text.data(), "second\n");
}

TEST(Process, ClosesHighDescriptorsToo) {
  Descriptor low(::open("/dev/null", O_RDONLY));
  int high = fcntl(low.number(), F_DUPFD, 700);
  if (high < 0) GTEST_SKIP() << "this process may not have 700 descriptors";
  Ran ran = run("test -e /proc/self/fd/700 && echo open || echo closed");
  ::close(high);
  EXPECT_EQ(ran.output, "closed\n");
}

TEST(Process, StartsWithoutBlockedSignals) {
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  Ran ran = run("grep SigBlk /proc/self/status");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(ran.output, "SigBlk:\t0000000000000000\n");
}

TEST(Process, AProgramThatIsNotThereIsAnErrorOfStart) {
  Command command{.arguments = {"/nonexistent/program"}};
  auto process = Process::start(command);
  ASSERT_FALSE(process.has_value());
  EXPECT_TRUE(process.error().is(errors::system));
  EXPECT_NE(process.error().message.find("/nonexistent/program: No such file"), std::string::npos);
  Command folder{.arguments = {"/bin/true"}, .environment = {}, .folder = "/nonexistent"};
  EXPECT_FALSE(Process::start(folder).has_value());
  Descriptor closed;
  Command bad{.arguments = {"/bin/true"}};
  bad.descriptors = {{.number = 3, .descriptor = &closed}};
  EXPECT_FALSE(Process::start(bad).has_value());
}

TEST(Process, WaitHasADeadline) {
  Process process = Process::start({.arguments = {"/bin/sleep", "1000"}}).value();
  EXPECT_EQ(process.wait(deadline_in(1ms)).value().has_value(), false);
  process.signal(SIGINT);
  Exit exit = process.wait(deadline_in(60s)).value().value();
  EXPECT_EQ(exit.signal, SIGINT);
  EXPECT_EQ(process.wait(deadline_in(0ms)).value()->signal, SIGINT);  // again, from memory
  process.signal(SIGTERM);  // to nobody: a reused id must not be hit
}

TEST(Process, IgnoresNoSignalThatItsStarterIgnores) {
  auto before = ::signal(SIGINT, SIG_IGN);
  Process process = Process::start({.arguments = {"/bin/sleep", "1000"}}).value();
  ::signal(SIGINT, before);
  process.signal(SIGINT);
  auto exit = process.wait(deadline_in(60s)).value();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->signal, SIGINT);
}

TEST(Process, IsKilledAndReapedWhenItsOwnerGoes) {
  pid_t id = 0;
  {
    Process process = Process::start({.arguments = {"/bin/sleep", "1000"}}).value();
    id = process.id();
    Process moved(std::move(process));
    EXPECT_EQ(::kill(id, 0), 0);
  }
  EXPECT_EQ(::kill(id, 0), -1);  // not even a zombie
  EXPECT_EQ(errno, ESRCH);
}

TEST(Process, ThePidfdIsReadableAtTheEnd) {
  Process process = Process::start({.arguments = {"/bin/true"}}).value();
  pollfd wanted{.fd = process.pidfd().number(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&wanted, 1, 60000), 1);
  EXPECT_EQ(process.wait(deadline_in(60s)).value()->code, 0);
}

TEST(Process, EndsWithItsParent) {
  DescriptorPair told = pipe().value();
  pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    auto process = Process::start({.arguments = {"/bin/sleep", "1000"}});
    pid_t id = process ? process->id() : -1;
    [[maybe_unused]] ssize_t written = ::write(told.second.number(), &id, sizeof id);
    ::kill(getpid(), SIGKILL);
  }
  pid_t id = -1;
  ASSERT_EQ(::read(told.first.number(), &id, sizeof id), static_cast<ssize_t>(sizeof id));
  ASSERT_GT(id, 0);
  waitpid(parent, nullptr, 0);
  // Whoever adopted it reaps it in its own time: gone or a zombie is both an end.
  auto deadline = deadline_in(60s);
  auto runs = [id] {
    std::ifstream status("/proc/" + std::to_string(id) + "/stat");
    std::string line;
    return std::getline(status, line) && line.find(") Z") == std::string::npos;
  };
  while (runs() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(runs());
}

TEST(ProgramFolder, IsWhereThisProgramLies) {
  EXPECT_EQ(program_folder(), std::filesystem::canonical("/proc/self/exe").parent_path());
}

}  // namespace
}  // namespace cloister::io
