// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/byte_stream.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/io/task_group.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;

struct ByteStreamTest : testing::Test {
  EventLoop loop{{.blocking_threads = 1, .manual_time = true}};
  TaskGroup group{loop};
  DescriptorPair ends = socket_pair().value();
  std::array<std::byte, 100> buffer{};
  void TearDown() override { run_task(loop, group.stop()); }
};

Task<> keep_written(ByteStream& stream, base::ByteView bytes, Pace pace,
                    std::optional<base::Outcome>& into) {
  std::array<base::ByteView, 3> parts{bytes.first(1), base::ByteView{}, bytes.subspan(1)};
  into = co_await stream.write(parts, pace);
}

Task<> keep_read(ByteStream& stream, std::span<std::byte> out,
                 std::optional<base::Result<std::size_t>>& into) {
  into = co_await stream.read_some(out, no_deadline);
}

std::size_t drain(int socket, std::size_t count) {
  base::Bytes bytes(count);
  ssize_t got = recv(socket, bytes.data(), count, MSG_DONTWAIT);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

TEST_F(ByteStreamTest, PartsArriveInOrderAndTheEndIsZero) {
  ByteStream left(loop, std::move(ends.first));
  ByteStream right(loop, std::move(ends.second));
  std::optional<base::Outcome> written;
  group.spawn(keep_written(left, base::as_bytes("in order"), Pace{}, written));
  loop.run_ready();
  ASSERT_TRUE(written && *written);
  EXPECT_EQ(run_task(loop, right.read_some(buffer, no_deadline)).value(), 8u);
  EXPECT_EQ(base::as_text(base::ByteView(buffer).first(8)), "in order");
  left.end_writing();
  EXPECT_EQ(run_task(loop, right.read_some(buffer, no_deadline)).value(), 0u);
  EXPECT_EQ(right.write_now(base::as_bytes("bye")), 3u);
}

TEST_F(ByteStreamTest, AReaderThatTakesTooLittleInAWindowEndsTheWrite) {
  ByteStream left(loop, std::move(ends.first));
  base::Bytes much(8u << 20);
  std::optional<base::Outcome> written;
  Pace pace{.window = 30s, .bytes_min = 100'000};
  group.spawn(keep_written(left, much, pace, written));
  for (int window = 0; window < 5; ++window) {  // slow, but not too slow
    loop.run_ready();
    loop.advance(29s);
    loop.run_ready();
    ASSERT_FALSE(written.has_value());
    for (int i = 0; i < 8; ++i) drain(ends.second.number(), 200'000);
  }
  loop.run_ready();
  drain(ends.second.number(), 10);  // a byte now and then does not count
  loop.advance(31s);
  loop.run_ready();
  ASSERT_TRUE(written.has_value());
  EXPECT_TRUE(written->error().is(errors::timeout));
}

TEST_F(ByteStreamTest, ReadsEndByCancelAndByTheOtherSide) {
  ByteStream left(loop, std::move(ends.first));
  std::optional<base::Result<std::size_t>> got;
  group.spawn(keep_read(left, buffer, got));
  loop.run_ready();
  EXPECT_FALSE(got.has_value());
  run_task(loop, group.stop());
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(got->error().is(errors::cancelled));
}

TEST_F(ByteStreamTest, WritingToNobodyIsAValueAndNoSignal) {
  ByteStream left(loop, std::move(ends.first));
  ends.second.close();
  std::optional<base::Outcome> written;
  group.spawn(keep_written(left, base::as_bytes("anybody?"), Pace{}, written));
  loop.run_ready();
  ASSERT_TRUE(written.has_value());
  EXPECT_TRUE(written->error().is(errors::closed));
  EXPECT_EQ(left.write_now(base::as_bytes("x")), 0u);
}

}  // namespace
}  // namespace cloister::io
