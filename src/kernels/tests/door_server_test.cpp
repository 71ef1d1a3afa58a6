// SPDX-License-Identifier: Apache-2.0
#include "door_server.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/kernels/errors.hpp"
#include "cloister/wire/json.hpp"

#include "fake_handler.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <future>

namespace cloister::kernels {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class DoorServerTest : public testing::Test {
 protected:
  void SetUp() override {
    handler_.tables["patients"] = "arrow bytes";
    auto server = DoorServer::start(path(), handler_, outputs_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  std::string path() const { return folder_.path() / "door"; }

  // A connection as the cell makes it: the peer's id is that of the socket's maker, so started as
  // root it is made by a child of that id.
  io::FrameSocket connect() {
    if (geteuid() != 0) return io::FrameSocket(io::connect_to(path()).value());
    return connect_as(cell::unprivileged_id);
  }
  io::FrameSocket connect_as(unsigned id) {
    auto pair = io::socket_pair().value();
    io::FrameSocket here(std::move(pair.first));
    pid_t child = fork();
    if (child == 0) {
      bool changed = syscall(SYS_setresuid, id, id, 0) == 0;
      auto made = changed ? io::connect_to(path()) : base::Result<io::Descriptor>();
      io::Frame frame{.header = "x", .body = {}, .descriptors = {}};
      if (made) frame.descriptors.push_back(*std::move(made));
      io::FrameSocket there(std::move(pair.second));
      _exit(there.send(frame, io::deadline_in(5s)) ? 0 : 1);
    }
    pair.second.close();
    auto frame = here.receive(io::deadline_in(10s));
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(frame && frame->descriptors.size() == 1);
    return io::FrameSocket(std::move(frame->descriptors.at(0)));
  }

  static base::Result<io::Frame> ask(io::FrameSocket& socket, std::string header,
                                     std::string_view body = {}, io::Descriptor descriptor = {}) {
    io::Frame frame{.header = std::move(header), .body = base::to_bytes(body), .descriptors = {}};
    if (descriptor.open()) frame.descriptors.push_back(std::move(descriptor));
    CLOISTER_TRY_DO(socket.send(frame, io::deadline_in(10s)));
    return socket.receive(io::deadline_in(10s));
  }
  static std::string code_of(const base::Result<io::Frame>& frame) {
    if (!frame) return "no answer: " + frame.error().code;
    auto object = wire::parse_json_object(frame->header).value();
    if (!object.contains("error")) return "ok";
    return wire::error_from_json(*wire::object_field(object, "error").value()).code;
  }

  TemporaryFolder folder_;
  FakeHandler handler_;
  OutputStore outputs_;
  std::unique_ptr<DoorServer> server_;
};

TEST_F(DoorServerTest, AnswersSeveralRequestsOnOneConnection) {
  auto socket = connect();
  auto list = ask(socket, R"({"message":"datasets"})");
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_THAT(list->header, HasSubstr(R"("dataset":"patients")"));
  auto table = ask(socket, R"({"message":"read","dataset":"patients"})");
  ASSERT_TRUE(table);
  ASSERT_EQ(table->descriptors.size(), 1u);
  auto mapped = io::MappedMemory::map(table->descriptors[0], 1000);
  ASSERT_TRUE(mapped) << mapped.error().message;
  EXPECT_EQ(base::as_text(mapped->view()), "arrow bytes");
}

TEST_F(DoorServerTest, AnErrorOfTheHandlerArrivesWhole) {
  auto socket = connect();
  auto denied = ask(socket, R"({"message":"describe","dataset":"secrets"})");
  EXPECT_EQ(code_of(denied), "policy.denied");
  EXPECT_THAT(denied->header, HasSubstr("cloister run --dataset secrets"));
}

TEST_F(DoorServerTest, GoesOnAfterAMessageThatIsNone) {
  auto socket = connect();
  EXPECT_EQ(code_of(ask(socket, R"({"message":"unlock"})")), "wire.bad-message");
  EXPECT_EQ(code_of(ask(socket, "not json")), "wire.bad-json");
  EXPECT_EQ(code_of(ask(socket, R"({"message":"datasets"})")), "ok");
}

TEST_F(DoorServerTest, EndsAConnectionThatSendsNoFrames) {
  auto socket = connect();
  std::string noise(1000, 'x');
  ASSERT_EQ(::send(socket.descriptor().number(), noise.data(), noise.size(), MSG_NOSIGNAL), 1000);
  auto answer = socket.receive(io::deadline_in(10s));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().code, io::errors::timeout.name);
}

TEST_F(DoorServerTest, RefusesAFrameOverItsOwnLimits) {
  auto socket = connect();
  // The prefix alone: a server that reserved what it announces would wait for the rest.
  auto prefix = io::encode_frame_prefix(
      {.header_bytes = 10, .body_bytes = base::limits::door_body_bytes_max + 1, .descriptors = 0});
  ASSERT_EQ(::send(socket.descriptor().number(), prefix.data(), prefix.size(), MSG_NOSIGNAL), 16);
  auto answer = socket.receive(io::deadline_in(10s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, io::errors::closed.name);
}

TEST_F(DoorServerTest, TakesATableThatIsSealed) {
  auto socket = connect();
  auto sealed = io::sealed_copy_of(base::as_bytes("new table"), "table").value();
  auto saved = ask(socket, R"({"message":"save","name":"cohort"})", {}, std::move(sealed));
  EXPECT_EQ(code_of(saved), "ok");
  EXPECT_EQ(handler_.tables["cohort"], "new table");
}

TEST_F(DoorServerTest, RefusesATableThatCouldStillChange) {
  auto socket = connect();
  auto open = io::create_memory_file("table").value();
  EXPECT_EQ(code_of(ask(socket, R"({"message":"save","name":"cohort"})", {}, std::move(open))),
            "kernels.not-sealed");
  auto pipe = io::pipe().value();
  EXPECT_EQ(
      code_of(ask(socket, R"({"message":"save","name":"cohort"})", {}, std::move(pipe.first))),
      "kernels.not-sealed");
  EXPECT_FALSE(handler_.tables.contains("cohort"));
}

TEST_F(DoorServerTest, KeepsOutputsInOrderAndInTheirForm) {
  auto socket = connect();
  EXPECT_EQ(code_of(ask(socket, R"({"message":"display","mime":"text/plain"})", "grün")), "ok");
  EXPECT_EQ(code_of(ask(socket, R"({"message":"display","mime":"image/png"})", "\x89PNG")), "ok");
  EXPECT_EQ(code_of(ask(socket, R"({"message":"display","mime":"text/html"})", "\xff")),
            "kernels.bad-output");
  auto outputs = outputs_.take();
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].data, "grün");
  EXPECT_EQ(outputs[1].mime, "image/png");
  EXPECT_EQ(outputs[1].data, "iVBORw==");
}

TEST_F(DoorServerTest, ServesManyConnectionsMoreThanItsThreads) {
  std::vector<std::future<std::string>> answers;
  std::vector<io::FrameSocket> sockets;
  for (std::size_t i = 0; i < 2 * base::limits::door_requests_at_once_max; ++i)
    sockets.push_back(connect());
  for (auto& socket : sockets)
    answers.push_back(std::async(std::launch::async, [&socket] {
      std::string code = code_of(ask(socket, R"({"message":"datasets"})"));
      socket.shut_down();
      return code;
    }));
  for (auto& answer : answers) EXPECT_EQ(answer.get(), "ok");
}

TEST_F(DoorServerTest, EndsWhileACallIsRunning) {
  auto socket = connect();
  io::Frame frame{.header = R"({"message":"query","sql":"wait"})", .body = {}, .descriptors = {}};
  ASSERT_TRUE(socket.send(frame, io::deadline_in(10s)));
  handler_.await_query();
  server_.reset();  // hangs here when the call is not told to stop
  auto answer = socket.receive(io::deadline_in(10s));
  EXPECT_NE(code_of(answer), "ok");
  if (answer) EXPECT_FALSE(socket.receive(io::deadline_in(10s)));
}

TEST_F(DoorServerTest, AnswersNobodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be several people";
  // Root itself may open the socket, and so may, by their permissions, nobody else but the cell.
  io::FrameSocket root(io::connect_to(path()).value());
  EXPECT_NE(code_of(ask(root, R"({"message":"datasets"})")), "ok");
  struct stat status{};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, cell::unprivileged_id);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace cloister::kernels
