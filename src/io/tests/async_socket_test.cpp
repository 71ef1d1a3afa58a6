// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/async_socket.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/sealed_memory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

constexpr EventLoopOptions manual{.blocking_threads = 1, .manual_time = true};

Frame frame_of(std::string header, std::size_t body_bytes = 0) {
  Frame frame;
  frame.header = std::move(header);
  frame.body.resize(body_bytes);
  for (std::size_t i = 0; i < body_bytes; ++i) frame.body[i] = static_cast<std::byte>(i * 7);
  return frame;
}

Task<> keep_frame(AsyncFrameSocket& socket, Deadline deadline,
                  std::optional<base::Result<Frame>>& into) {
  into = co_await socket.receive(deadline);
}

Task<> keep_sent(AsyncFrameSocket& socket, Frame frame, Deadline deadline,
                 std::optional<base::Outcome>& into) {
  into = co_await socket.send(std::move(frame), deadline);
}

struct AsyncFrameSocketTest : testing::Test {
  EventLoop loop{manual};
  TaskGroup group{loop};
  DescriptorPair ends = socket_pair().value();
  void TearDown() override { run_task(loop, group.stop()); }
};

TEST_F(AsyncFrameSocketTest, FramesLargerThanTheSocketsBufferArriveWhole) {
  AsyncFrameSocket left(loop, std::move(ends.first));
  AsyncFrameSocket right(loop, std::move(ends.second));
  std::optional<base::Outcome> sent;
  std::optional<base::Result<Frame>> got;
  group.spawn(keep_sent(left, frame_of(R"({"kind":"big"})", 5u << 20), no_deadline, sent));
  loop.run_ready();
  EXPECT_FALSE(sent.has_value());  // the buffer is full and nobody reads
  group.spawn(keep_frame(right, no_deadline, got));
  run_task(loop, [](TaskGroup& all) -> Task<> { co_await all.wait(no_deadline); }(group));
  ASSERT_TRUE(sent.has_value() && *sent && got.has_value() && *got);
  EXPECT_EQ((*got)->header, R"({"kind":"big"})");
  EXPECT_EQ((*got)->body, frame_of("", 5u << 20).body);
}

TEST_F(AsyncFrameSocketTest, SpeaksWithTheBlockingSocketDescriptorsIncluded) {
  FrameSocket blocking(std::move(ends.first));
  AsyncFrameSocket waiting(loop, std::move(ends.second));
  Frame frame = frame_of("with a memory file");
  frame.descriptors.push_back(sealed_copy_of(base::as_bytes("inside"), "test").value());
  ASSERT_TRUE(blocking.send(frame, deadline_in(30s)));
  base::Result<Frame> got = run_task(loop, waiting.receive(no_deadline));
  ASSERT_TRUE(got.has_value());
  ASSERT_EQ(got->descriptors.size(), 1u);
  MappedMemory memory = MappedMemory::map(got->descriptors[0], 100).value();
  EXPECT_EQ(base::as_text(memory.view()), "inside");
  ASSERT_TRUE(run_task(loop, waiting.send(std::move(*got), no_deadline)));
  base::Result<Frame> back = blocking.receive(deadline_in(30s));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->header, "with a memory file");
  EXPECT_EQ(back->descriptors.size(), 1u);
}

TEST_F(AsyncFrameSocketTest, ReceivingHasADeadline) {
  AsyncFrameSocket socket(loop, std::move(ends.first));
  std::optional<base::Result<Frame>> got;
  group.spawn(keep_frame(socket, loop.deadline_in(5ms), got));
  loop.run_ready();
  EXPECT_FALSE(got.has_value());
  loop.advance(5ms);
  loop.run_ready();
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(got->error().is(errors::timeout));
}

TEST_F(AsyncFrameSocketTest, SendingToSomebodyWhoDoesNotReadHasADeadline) {
  AsyncFrameSocket socket(loop, std::move(ends.first));
  std::optional<base::Outcome> sent;
  group.spawn(keep_sent(socket, frame_of("x", 5u << 20), loop.deadline_in(5ms), sent));
  loop.run_ready();
  EXPECT_FALSE(sent.has_value());
  loop.advance(5ms);
  loop.run_ready();
  ASSERT_TRUE(sent.has_value());
  EXPECT_TRUE(sent->error().is(errors::timeout));
}

TEST_F(AsyncFrameSocketTest, CancellingEndsAWait) {
  AsyncFrameSocket socket(loop, std::move(ends.first));
  TaskGroup readers(loop);
  std::optional<base::Result<Frame>> got;
  readers.spawn(keep_frame(socket, no_deadline, got));
  loop.run_ready();
  run_task(loop, readers.stop());
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(got->error().is(errors::cancelled));
}

TEST_F(AsyncFrameSocketTest, TheOtherEndsGoingIsClosedBetweenFramesAndBadInsideOne) {
  AsyncFrameSocket socket(loop, std::move(ends.first));
  FramePrefix prefix{.header_bytes = 10, .body_bytes = 0, .descriptors = 0};
  auto start = encode_frame_prefix(prefix);
  ASSERT_EQ(::write(ends.second.number(), start.data(), start.size()), 16);
  ASSERT_EQ(::write(ends.second.number(), "0123456789", 10), 10);
  ASSERT_EQ(::write(ends.second.number(), start.data(), 7), 7);
  ends.second.close();
  base::Result<Frame> whole = run_task(loop, socket.receive(no_deadline));
  EXPECT_EQ(whole.value().header, "0123456789");
  base::Result<Frame> torn = run_task(loop, socket.receive(no_deadline));
  EXPECT_TRUE(torn.error().is(errors::bad_frame));
  base::Result<Frame> after = run_task(loop, socket.receive(no_deadline));
  EXPECT_TRUE(after.error().is(errors::closed));
}

TEST_F(AsyncFrameSocketTest, ShutDownAndDestructionEndAWaitWithClosed) {
  auto socket = std::make_unique<AsyncFrameSocket>(loop, std::move(ends.first));
  std::optional<base::Result<Frame>> got;
  group.spawn(keep_frame(*socket, no_deadline, got));
  loop.run_ready();
  EXPECT_FALSE(got.has_value());
  socket.reset();
  run_task(loop, [](TaskGroup& all) -> Task<> { co_await all.wait(no_deadline); }(group));
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(got->error().is(errors::closed));
}

TEST_F(AsyncFrameSocketTest, RefusesAFrameOverTheLimitsBeforeItSendsAByte) {
  AsyncFrameSocket socket(loop, std::move(ends.first));
  Frame frame;
  frame.header.resize(base::limits::frame_header_bytes_max + 1);
  base::Outcome sent = run_task(loop, socket.send(std::move(frame), no_deadline));
  EXPECT_TRUE(sent.error().is(errors::bad_frame));
  ASSERT_TRUE(run_task(loop, socket.send(frame_of("after"), no_deadline)));
  FrameSocket other(std::move(ends.second));
  EXPECT_EQ(other.receive(deadline_in(30s)).value().header, "after");
}

// A folder of its own with a socket in it.
struct ServeTest : testing::Test {
  std::filesystem::path folder;
  std::string path;
  EventLoop loop;
  TaskGroup group{loop};

  void SetUp() override {
    std::string pattern = testing::TempDir() + "/cloister-serve-XXXXXX";
    folder = mkdtemp(pattern.data());
    path = folder / "test.sock";
  }
  void TearDown() override {
    run_task(loop, group.stop());
    std::filesystem::remove_all(folder);
  }
  void serve(std::size_t connections_max, Handler handler) {
    auto run = [](Task<base::Outcome> serving) -> Task<> { co_await std::move(serving); };
    group.spawn(run(serve_connections(loop, group, listen_at(path, 0600).value(), connections_max,
                                      std::move(handler))));
  }
};

TEST_F(ServeTest, AnswersManyClientsAtOnce) {
  std::string name = "echo server with a name too long for small-string storage";
  serve(100, [this, name](Descriptor connection) -> Task<> {
    AsyncFrameSocket socket(loop, std::move(connection));
    for (;;) {
      base::Result<Frame> frame = co_await socket.receive(no_deadline);
      if (!frame) co_return;
      frame->header += " from " + name;
      base::Outcome sent = co_await socket.send(std::move(*frame), no_deadline);
      if (!sent) co_return;
    }
  });
  auto client = [](EventLoop& used, std::string where, int number) -> Task<bool> {
    AsyncFrameSocket socket(used, connect_to(where).value());
    for (int i = 0; i < 5; ++i) {
      Frame frame = frame_of(std::to_string(number), 1000);
      co_await socket.send(std::move(frame), no_deadline);
      base::Result<Frame> answer = co_await socket.receive(no_deadline);
      if (!answer || !answer->header.starts_with(std::to_string(number) + " from echo"))
        co_return false;
    }
    co_return true;
  };
  int right = 0;
  auto count = [](Task<bool> done, int& into) -> Task<> { into += co_await std::move(done); };
  TaskGroup clients(loop);
  for (int i = 0; i < 30; ++i) clients.spawn(count(client(loop, path, i), right));
  run_task(loop, [](TaskGroup& all) -> Task<> { co_await all.wait(no_deadline); }(clients));
  EXPECT_EQ(right, 30);
}

TEST_F(ServeTest, ConnectionsOverTheLimitWaitTheirTurn) {
  std::size_t now = 0;
  std::size_t most = 0;
  int served = 0;
  serve(2, [&](Descriptor connection) -> Task<> {
    most = std::max(most, ++now);
    AsyncFrameSocket socket(loop, std::move(connection));
    co_await socket.receive(no_deadline);
    --now;
    ++served;
  });
  std::vector<Descriptor> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(connect_to(path).value());
  loop.run_ready();
  EXPECT_EQ(now, 2u);
  for (Descriptor& client : clients) client.close();
  auto all_served = [](EventLoop& used, int& count) -> Task<> {
    while (count < 5) co_await sleep_until(used, used.deadline_in(1ms));
  };
  run_task(loop, all_served(loop, served));
  EXPECT_EQ(most, 2u);
}

TEST_F(ServeTest, StoppingEndsTheLoopAndEveryConnection) {
  int ended = 0;
  serve(10, [&](Descriptor connection) -> Task<> {
    AsyncFrameSocket socket(loop, std::move(connection));
    co_await socket.receive(no_deadline);
    ++ended;
  });
  Descriptor one = connect_to(path).value();
  Descriptor two = connect_to(path).value();
  loop.run_ready();
  EXPECT_EQ(group.size(), 3u);
  run_task(loop, group.stop());
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(group.size(), 0u);
}

TEST_F(ServeTest, TellsWhoConnects) {
  std::optional<Peer> peer;
  serve(1, [&](Descriptor connection) -> Task<> {
    peer = peer_of(connection).value();
    co_return;
  });
  Descriptor client = connect_to(path).value();
  loop.run_ready();
  ASSERT_TRUE(peer.has_value());
  EXPECT_EQ(peer->process, getpid());
  EXPECT_EQ(peer->user, getuid());
  EXPECT_EQ(peer->group, getgid());
}

TEST_F(ServeTest, TheSocketFileHasTheModeThatWasAskedFor) {
  Descriptor listener = listen_at(path, 0700).value();
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

}  // namespace
}  // namespace cloister::io
