// SPDX-License-Identifier: Apache-2.0
// Runs in a "cell" without walls; tests/kernels has the same in real ones.
#include "cloister/kernels/run.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/kernels/errors.hpp"

#include "cell_of_run.hpp"
#include "fake_cell.hpp"
#include "fake_handler.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace cloister::kernels {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

class RunTest : public testing::Test {
 protected:
  RunTest() {
    // Any folder with bin/python3 does: the fake cell takes Debian's.
    std::filesystem::create_directories(folder_.path() / "python/bin");
    std::filesystem::create_symlink("/usr/bin/python3", folder_.path() / "python/bin/python3");
    std::filesystem::create_directories(folder_.path() / "run");
    request_.name = "run-1";
    request_.file_name = "some/where/script.py";
    request_.timeout = 30s;
    request_.python = folder_.path() / "python";
    place_.run_folder = folder_.path() / "run";
    place_.start_cell = [this](const cell::CellSpec& spec, const auto& descriptors,
                               const cell::AttemptSink& sink) {
      spec_ = spec;
      return FakeCell::start(folder_.path() / "root", spec, descriptors, sink);
    };
  }
  base::Result<RunResult> run(std::string source, std::stop_token stop = {}) {
    request_.source = std::move(source);
    return run_script(request_, handler_, place_, sink_, stop);
  }

  TemporaryFolder folder_;
  FakeHandler handler_;
  RunRequest request_;
  RunPlace place_;
  cell::AttemptSink sink_;
  cell::CellSpec spec_;
};

TEST_F(RunTest, ReturnsWhatTheScriptPrinted) {
  request_.arguments = {"alpha=1", "b c"};
  auto result = run("import sys\nprint(sys.argv[1:])\nprint('oh', file=sys.stderr)\n");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, RunStatus::ok);
  EXPECT_EQ(result->stdout_text, "['alpha=1', 'b c']\n");
  EXPECT_EQ(result->stderr_text, "oh\n");
  EXPECT_EQ(result->message, "");
  EXPECT_GT(result->seconds, 0);
}

TEST_F(RunTest, AnExceptionIsAnError) {
  auto result = run("print('before')\nraise ValueError('no')\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, RunStatus::error);
  EXPECT_EQ(result->exit_code, 1);
  EXPECT_EQ(result->stdout_text, "before\n");
  EXPECT_THAT(result->stderr_text, HasSubstr("ValueError: no"));
}

TEST_F(RunTest, ASignalIsKilled) {
  auto result = run("import os\nprint('before')\nos.kill(os.getpid(), 9)\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, RunStatus::killed);
  EXPECT_EQ(result->message, "ended by signal 9 (Killed)");
  EXPECT_EQ(result->stdout_text, "before\n");
}

TEST_F(RunTest, ACodeThatLooksLikeASignalIsAnError) {
  auto result = run("import sys\nsys.exit(137)\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, RunStatus::error);
  EXPECT_EQ(result->exit_code, 137);
}

TEST_F(RunTest, EndsAtItsTimeout) {
  request_.timeout = 1500ms;
  auto result = run("print('before')\nimport time\ntime.sleep(600)\n");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, RunStatus::timeout);
  EXPECT_EQ(result->message, "ran longer than 1.5 s");
  EXPECT_EQ(result->stdout_text, "before\n");
}

TEST_F(RunTest, CancellingEndsTheCell) {
  const std::string pipe = folder_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::stop_source stop;
  std::jthread canceller([&] {
    std::ifstream script(pipe);  // opens when the script does: it runs now
    stop.request_stop();
  });
  auto result = run("open('" + pipe + "', 'w')\nimport time\ntime.sleep(600)\n", stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, errors::cancelled.name);
}

TEST_F(RunTest, AttemptsAreKeptAndPassedOn) {
  std::atomic<int> heard = 0;
  sink_ = [&](const cell::Attempt&) { ++heard; };
  auto result = run("");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->attempts.size(), 2u);
  EXPECT_EQ(result->attempts[1].port, 81);
  EXPECT_EQ(result->attempts[1].cell, "run-1");
  EXPECT_EQ(heard, 2);
}

TEST_F(RunTest, StreamsAreBounded) {
  auto result =
      run("import sys\nsys.stdout.write('x' * (20 << 20))\nprint('end', file=sys.stderr)\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, RunStatus::ok);
  EXPECT_TRUE(result->stdout_truncated);
  EXPECT_LT(result->stdout_text.size(), base::limits::run_stream_bytes_max + 100);
  EXPECT_EQ(result->stderr_text, "end\n");
}

TEST_F(RunTest, LeavesNothingInTheRunFolder) {
  ASSERT_TRUE(run("raise SystemExit(3)"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "run/cells"));
}

TEST_F(RunTest, TheCellSeesNothingOfTheHostButPythonAndTheDoor) {
  ASSERT_TRUE(run(""));
  ASSERT_EQ(spec_.mounts.size(), 2u);
  EXPECT_EQ(spec_.mounts[0].target, "/opt/cloister/python");
  EXPECT_FALSE(spec_.mounts[0].writable);
  EXPECT_EQ(spec_.mounts[1].target, "/run/cloister/door");
  EXPECT_EQ(spec_.mounts[1].source, folder_.path() / "run/cells/run-1/door");
  EXPECT_EQ(spec_.profile, cell::Profile::kernel);
  EXPECT_EQ(spec_.folder, "/home/cell/project");
  EXPECT_EQ(spec_.private_folder, "/home/cell");
  EXPECT_EQ(spec_.notebook, "script.py");
  EXPECT_THAT(spec_.environment, Contains("HOME=/home/cell"));
  EXPECT_THAT(spec_.environment, Contains("LANG=C.UTF-8"));
  EXPECT_THAT(spec_.environment, Contains("CLOISTER_DOOR=/run/cloister/door"));
}

TEST_F(RunTest, RefusesWhatCannotRun) {
  auto code_for = [&](std::string file_name) {
    request_.file_name = std::move(file_name);
    auto result = run("");
    return result ? "ran" : result.error().code;
  };
  EXPECT_EQ(code_for("a.ipynb"), errors::not_a_script.name);
  EXPECT_EQ(code_for("a.txt"), errors::not_a_script.name);
  EXPECT_EQ(code_for(".py"), errors::not_a_script.name);
  EXPECT_EQ(code_for("a\n.py"), errors::not_a_script.name);
  request_.file_name = "a.py";
  request_.name = "../x";
  EXPECT_EQ(run("").error().code, errors::not_a_script.name);
  request_.name = "x";
  request_.arguments.assign(base::limits::run_arguments_max + 1, "x");
  EXPECT_EQ(run("").error().code, errors::too_large.name);
}

TEST_F(RunTest, SaysHowToGetPython) {
  request_.python = folder_.path() / "nowhere";
  auto result = run("");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, errors::python_missing.name);
  EXPECT_EQ(result.error().kind, base::Kind::missing);
  EXPECT_EQ(result.error().hint, "./dev setup");
}

TEST_F(RunTest, ACellThatCannotStartIsAnErrorNotAResult) {
  place_.start_cell = [](const cell::CellSpec&, const std::vector<io::Inherited>&,
                         const cell::AttemptSink&) -> base::Result<std::unique_ptr<cell::Cell>> {
    return base::fail({"cell.no-namespaces", base::Kind::missing}, "no user namespaces");
  };
  auto result = run("");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "cell.no-namespaces");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "run/cells"));
}

TEST(JudgeExit, ReadsEveryEnd) {
  RunResult result;
  std::string message;
  auto judge = [&](cell::EndReason reason, int code, int signal) {
    result = {};
    cell::CellExit exit;
    exit.reason = reason;
    exit.code = code;
    exit.signal = signal;
    exit.message = message;
    return judge_exit(exit, 60s, result).has_value();
  };
  EXPECT_TRUE(judge(cell::EndReason::exited, 0, 0));
  EXPECT_EQ(result.status, RunStatus::ok);
  EXPECT_TRUE(judge(cell::EndReason::signalled, 0, 11));
  EXPECT_EQ(result.status, RunStatus::killed);
  EXPECT_TRUE(judge(cell::EndReason::killed, 0, 0));
  EXPECT_EQ(result.status, RunStatus::killed);
  EXPECT_TRUE(judge(cell::EndReason::timeout, 0, 9));
  EXPECT_EQ(result.status, RunStatus::timeout);
  EXPECT_EQ(status_name(result.status), "timeout");
  message = "the memory limit of the cell was reached";
  EXPECT_TRUE(judge(cell::EndReason::signalled, 0, 9));
  EXPECT_EQ(result.message, message);
  EXPECT_FALSE(judge(cell::EndReason::setup_failed, 0, 0));
}

}  // namespace
}  // namespace cloister::kernels
