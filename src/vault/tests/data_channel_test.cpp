// SPDX-License-Identifier: Apache-2.0
#include "data_channel.hpp"

#include "cloister/wire/data_errors.hpp"

#include "data_cell.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace cloister::vault {
namespace {

namespace data = wire::data;
namespace errors = wire::data_errors;

// A worker that answers each request by what `script` says; ends when the socket closes.
class FakeWorker {
 public:
  using Script = std::function<void(io::FrameSocket&, const data::Request&)>;
  explicit FakeWorker(Script script) {
    auto sockets = io::socket_pair();
    EXPECT_TRUE(sockets);
    ours = std::move(sockets->first);
    thread_ =
        std::jthread([script = std::move(script), socket = std::move(sockets->second)]() mutable {
          io::FrameSocket frames(std::move(socket));
          while (auto frame = frames.receive(io::deadline_in(std::chrono::seconds(20)))) {
            auto request =
                data::decode_request(frame->header, frame->body, frame->descriptors.size());
            if (!request) return;
            script(frames, *request);
          }
        });
  }
  static void reply(io::FrameSocket& frames, std::string header) {
    io::Frame frame;
    frame.header = std::move(header);
    EXPECT_TRUE(frames.send(frame, io::deadline_in(std::chrono::seconds(20))));
  }
  io::Descriptor ours;

 private:
  std::jthread thread_;
};

TEST(DataChannel, TellsProgressUntilTheReply) {
  FakeWorker worker([](io::FrameSocket& frames, const data::Request&) {
    FakeWorker::reply(frames, data::encode(data::ProgressReply{"import", 1, 2}));
    FakeWorker::reply(frames, data::encode(data::ProgressReply{"import", 2, 2}));
    FakeWorker::reply(frames, data::encode(data::AnalysisReply{"", {"a"}}));
  });
  DataChannel channel(std::move(worker.ours));
  std::uint64_t done = 0;
  auto reply =
      channel.converse(data::encode(data::AnalyseRequest{"x"}), {},
                       [&](const data::ProgressReply& progress) { done += progress.done; }, {});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(done, 3u);
  EXPECT_EQ(std::get<data::AnalysisReply>(reply->reply).names, std::vector<std::string>{"a"});
}

TEST(DataChannel, AFailureIsTheErrorAndTheChannelGoesOn) {
  FakeWorker worker([](io::FrameSocket& frames, const data::Request&) {
    FakeWorker::reply(
        frames, data::encode(data::FailureReply{base::Error(errors::bad_row, "line 3", "h")}));
  });
  DataChannel channel(std::move(worker.ours));
  for (int i = 0; i < 2; ++i) {
    auto reply = channel.converse(data::encode(data::AnalyseRequest{"x"}), {}, {}, {});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, "data.bad-row");
    EXPECT_EQ(reply.error().message, "line 3");
  }
  EXPECT_TRUE(channel.usable());
}

TEST(DataChannel, StoppingSendsACancelAndWaitsForItsAnswer) {
  std::stop_source stop;
  FakeWorker worker([&](io::FrameSocket& frames, const data::Request& request) {
    if (std::holds_alternative<data::CancelRequest>(request))
      FakeWorker::reply(frames,
                        data::encode(data::FailureReply{base::Error(errors::cancelled, "ended")}));
    else
      stop.request_stop();
  });
  DataChannel channel(std::move(worker.ours));
  auto reply = channel.converse(data::encode(data::AnalyseRequest{"x"}), {}, {}, stop.get_token());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, base::Kind::cancelled);
  EXPECT_TRUE(channel.usable());
}

TEST(DataChannel, AWorkerThatDiesOrHangsIsSaidSo) {
  FakeWorker dying([](io::FrameSocket& frames, const data::Request&) { frames.shut_down(); });
  DataChannel first(std::move(dying.ours));
  auto reply = first.converse(data::encode(data::AnalyseRequest{"x"}), {}, {}, {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, "data.worker-died");
  EXPECT_FALSE(first.usable());
  FakeWorker hanging([](io::FrameSocket&, const data::Request&) {});
  DataChannel second(std::move(hanging.ours), std::chrono::milliseconds(50));
  reply = second.converse(data::encode(data::AnalyseRequest{"x"}), {}, {}, {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, "data.worker-died");
}

// The worker's cell shows its program, the library and one writable folder.
TEST(DataCell, ShowsTheWorkerOneWritableFolder) {
  const cell::CellSpec spec = data_cell_spec("import-1", "/home/x/scratch", 1u << 30);
  EXPECT_EQ(spec.profile, cell::Profile::worker);
  int writable = 0;
  for (const cell::Mount& mount : spec.mounts)
    if (mount.writable) {
      ++writable;
      EXPECT_EQ(mount.source, "/home/x/scratch");
    }
  EXPECT_EQ(writable, 1);
  EXPECT_EQ(spec.mounts.size(), 3u);
}

}  // namespace
}  // namespace cloister::vault
