// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/broadcast.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/io/event_loop.hpp"
#include "cloister/io/task_group.hpp"

#include <gtest/gtest.h>

namespace cloister::kernels {
namespace {

std::shared_ptr<const Delivered> message(std::uint64_t seq, std::size_t bytes = 10,
                                         std::uint64_t first = 0) {
  auto made = std::make_shared<Delivered>();
  made->seq = seq;
  made->first = first == 0 ? seq : first;
  made->message.message.content.resize(bytes);
  return made;
}

class BroadcastTest : public testing::Test {
 protected:
  // What a reader gets without waiting.
  std::vector<std::uint64_t> read(Place& place) {
    std::vector<std::uint64_t> got;
    io::TaskGroup group(loop_);
    auto drain = [this, &got, &place]() -> io::Task<> {
      for (;;) {
        auto next = co_await broadcast_.next(place);
        if (!next) co_return;
        got.push_back((*next)->seq);
      }
    };
    group.spawn(drain());
    loop_.run_ready();
    io::run_task(loop_, group.stop());
    return got;
  }

  io::EventLoop loop_;
  std::vector<std::uint64_t> rewinds_;
  Broadcast broadcast_{loop_, [this](std::uint64_t from) { rewinds_.push_back(from); }, 4096};
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(BroadcastTest, EveryReaderGetsEveryMessageOnce) {
  Place early = broadcast_.end();
  for (std::uint64_t seq = 0; seq < 3; ++seq) broadcast_.put(message(seq));
  Place late = broadcast_.end();
  broadcast_.put(message(3));
  EXPECT_EQ(read(early), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(read(late), (Numbers{3}));
  EXPECT_EQ(read(early), Numbers{});
  EXPECT_TRUE(rewinds_.empty());
}

TEST_F(BroadcastTest, WhoComesBackGoesOnWhereItStood) {
  for (std::uint64_t seq = 0; seq < 5; ++seq) broadcast_.put(message(seq));
  Place back = broadcast_.from(2);
  EXPECT_EQ(read(back), (Numbers{2, 3, 4}));
  EXPECT_TRUE(rewinds_.empty());
}

TEST_F(BroadcastTest, WhatLeftTheWindowIsAskedForAgain) {
  Place slow = broadcast_.end();
  Place fast = broadcast_.end();
  for (std::uint64_t seq = 0; seq < 8; ++seq) {
    broadcast_.put(message(seq, 1000));
    EXPECT_EQ(read(fast), (Numbers{seq}));
  }
  EXPECT_EQ(read(slow), Numbers{});
  EXPECT_EQ(rewinds_, (Numbers{0}));
  broadcast_.put(message(8, 1000));  // on its way before the rewind was heard of
  EXPECT_EQ(read(fast), Numbers{});
  Numbers slow_got;
  for (std::uint64_t seq = 0; seq < 10; ++seq) {
    broadcast_.put(message(seq, 1000));
    for (std::uint64_t got : read(slow)) slow_got.push_back(got);
  }
  EXPECT_EQ(slow_got, (Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(read(fast), (Numbers{8, 9}));
  EXPECT_EQ(rewinds_, (Numbers{0}));
}

TEST_F(BroadcastTest, AGapOfTheJournalIsPassedOver) {
  Place reader = broadcast_.end();
  broadcast_.put(message(0));
  broadcast_.put(message(7));
  broadcast_.put(message(9, 10, 8));  // two outputs joined
  EXPECT_EQ(read(reader), (Numbers{0, 7, 9}));
}

TEST_F(BroadcastTest, OwnMessagesReachThoseWhoAreThere) {
  Place reader = broadcast_.end();
  broadcast_.put(message(0));
  auto own = std::make_shared<Delivered>();
  own->own = true;
  own->seq = 99;
  broadcast_.put(own);
  broadcast_.put(message(1));
  EXPECT_EQ(read(reader), (Numbers{0, 99, 1}));
  broadcast_.close();
  EXPECT_EQ(read(reader), Numbers{});
}

}  // namespace
}  // namespace cloister::kernels
