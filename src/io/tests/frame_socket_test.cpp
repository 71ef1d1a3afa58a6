// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/frame_socket.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/base/random.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/sealed_memory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <future>
#include <thread>

namespace cloister::io {
namespace {

using namespace std::chrono_literals;
namespace limits = base::limits;

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

TEST(FramePrefix, HasTheWrittenForm) {
  auto bytes =
      encode_frame_prefix({.header_bytes = 0x010203, .body_bytes = 0x040506, .descriptors = 7});
  EXPECT_EQ(base::to_hex(bytes), "434c4631000102030000000004050607");
  auto prefix = parse_frame_prefix(bytes).value();
  EXPECT_EQ(prefix.header_bytes, 0x010203u);
  EXPECT_EQ(prefix.body_bytes, 0x040506u);
  EXPECT_EQ(prefix.descriptors, 7u);
}

TEST(FramePrefix, RefusesOtherMagicOtherSizesAndWhatIsOverTheLimits) {
  auto refused = [](const FramePrefix& prefix) {
    auto parsed = parse_frame_prefix(encode_frame_prefix(prefix));
    return !parsed && parsed.error().is(errors::bad_frame);
  };
  FramePrefix largest{.header_bytes = limits::frame_header_bytes_max,
                      .body_bytes = limits::frame_body_bytes_max,
                      .descriptors = limits::frame_descriptors_max};
  EXPECT_FALSE(refused(largest));
  EXPECT_TRUE(refused({largest.header_bytes + 1, 0, 0}));
  EXPECT_TRUE(refused({0, largest.body_bytes + 1, 0}));
  EXPECT_TRUE(refused({0, 0, limits::frame_descriptors_max + 1}));
  EXPECT_TRUE(refused({0xffffffff, 0, 0}));
  EXPECT_TRUE(refused({0, (1ull << 56) - 1, 0}));
  auto good = encode_frame_prefix({1, 2, 3});
  for (std::size_t i = 0; i < 4; ++i) {
    auto other = good;
    other[i] ^= std::byte{0x20};
    EXPECT_FALSE(parse_frame_prefix(other).has_value());
  }
  EXPECT_FALSE(parse_frame_prefix(base::ByteView(good).first(15)).has_value());
  EXPECT_FALSE(parse_frame_prefix({}).has_value());
}

struct FrameSocketTest : testing::Test {
  FrameSocketTest() : left(Descriptor()), right(Descriptor()) {
    DescriptorPair ends = socket_pair().value();
    left = FrameSocket(std::move(ends.first));
    right = FrameSocket(std::move(ends.second));
  }
  void send_raw(base::ByteView bytes) {
    ASSERT_EQ(::send(left.descriptor().number(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  FrameSocket left;
  FrameSocket right;
};

TEST_F(FrameSocketTest, FramesOfAllSizesArriveInOrder) {
  base::SeededRandom random(1);
  std::vector<std::pair<std::size_t, std::size_t>> sizes{
      {0, 0}, {1, 0}, {0, 1}, {5, 100'000}, {100'000, 5}, {2u << 20, 3u << 20}, {10, 10}};
  auto fill = [&](std::size_t header, std::size_t body) {
    Frame frame{.header = std::string(header, 'h'), .body = base::Bytes(body), .descriptors = {}};
    random.fill(frame.body);
    return frame;
  };
  std::vector<Frame> frames;
  for (auto [header, body] : sizes) frames.push_back(fill(header, body));
  std::thread sender([&] {
    for (const Frame& frame : frames) EXPECT_TRUE(left.send(frame, deadline_in(60s)));
  });
  for (const Frame& frame : frames) {
    base::Result<Frame> got = right.receive(deadline_in(60s));
    EXPECT_TRUE(got.has_value());
    if (!got) break;
    EXPECT_EQ(got->header, frame.header);
    EXPECT_EQ(got->body, frame.body);
  }
  sender.join();
}

TEST_F(FrameSocketTest, DescriptorsComeWithTheirOwnFrame) {
  for (int i = 0; i < 3; ++i) {
    Frame frame{.header = std::to_string(i), .body = {}, .descriptors = {}};
    for (int j = 0; j < i; ++j)
      frame.descriptors.push_back(
          sealed_copy_of(base::as_bytes(std::to_string(i * 10 + j)), "test").value());
    ASSERT_TRUE(left.send(frame, deadline_in(30s)));
  }
  for (int i = 0; i < 3; ++i) {
    Frame frame = right.receive(deadline_in(30s)).value();
    ASSERT_EQ(frame.descriptors.size(), static_cast<std::size_t>(i));
    for (int j = 0; j < i; ++j) {
      const Descriptor& descriptor = frame.descriptors[static_cast<std::size_t>(j)];
      EXPECT_EQ(base::as_text(MappedMemory::map(descriptor, 10).value().view()),
                std::to_string(i * 10 + j));
      EXPECT_NE(fcntl(descriptor.number(), F_GETFD) & FD_CLOEXEC, 0);
    }
  }
}

TEST_F(FrameSocketTest, AsManyDescriptorsAsTheLimitAndNoMore) {
  Descriptor one = create_memory_file("test").value();
  Frame frame{.header = "many", .body = {}, .descriptors = {}};
  for (std::size_t i = 0; i < limits::frame_descriptors_max; ++i)
    frame.descriptors.push_back(one.duplicate().value());
  ASSERT_TRUE(left.send(frame, deadline_in(30s)));
  EXPECT_EQ(right.receive(deadline_in(30s)).value().descriptors.size(),
            limits::frame_descriptors_max);
  frame.descriptors.push_back(one.duplicate().value());
  EXPECT_TRUE(left.send(frame, deadline_in(30s)).error().is(errors::bad_frame));
}

TEST_F(FrameSocketTest, DescriptorsThatWereNotAnnouncedAreRefusedAndClosed) {
  std::size_t before = open_descriptors();
  {
    Descriptor extra = create_memory_file("test").value();
    auto prefix = encode_frame_prefix({.header_bytes = 0, .body_bytes = 0, .descriptors = 0});
    iovec part{.iov_base = prefix.data(), .iov_len = prefix.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    *rights = {
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    int number = extra.number();
    std::memcpy(CMSG_DATA(rights), &number, sizeof number);
    ASSERT_EQ(sendmsg(left.descriptor().number(), &message, 0), 16);
    EXPECT_TRUE(right.receive(deadline_in(30s)).error().is(errors::bad_frame));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(FrameSocketTest, AnnouncedDescriptorsThatDoNotComeAreRefused) {
  send_raw(encode_frame_prefix({.header_bytes = 0, .body_bytes = 0, .descriptors = 2}));
  EXPECT_TRUE(right.receive(deadline_in(30s)).error().is(errors::bad_frame));
}

TEST_F(FrameSocketTest, GarbageIsRefused) {
  send_raw(base::as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(right.receive(deadline_in(30s)).error().is(errors::bad_frame));
}

TEST_F(FrameSocketTest, ATornFrameIsNotAnEnd) {
  send_raw(encode_frame_prefix({.header_bytes = 100, .body_bytes = 0, .descriptors = 0}));
  send_raw(base::as_bytes("half"));
  left.shut_down();
  EXPECT_TRUE(right.receive(deadline_in(30s)).error().is(errors::bad_frame));
}

TEST_F(FrameSocketTest, TheEndBetweenFramesIsClosed) {
  ASSERT_TRUE(left.send({.header = "last", .body = {}, .descriptors = {}}, deadline_in(30s)));
  left.release().close();
  EXPECT_EQ(right.receive(deadline_in(30s)).value().header, "last");
  EXPECT_TRUE(right.receive(deadline_in(30s)).error().is(errors::closed));
  EXPECT_TRUE(right.send({.header = "x", .body = {}, .descriptors = {}}, deadline_in(30s))
                  .error()
                  .is(errors::closed));
}

TEST_F(FrameSocketTest, BothDirectionsHaveDeadlines) {
  EXPECT_TRUE(right.receive(deadline_in(1ms)).error().is(errors::timeout));
  Frame large{.header = "x", .body = base::Bytes(8u << 20), .descriptors = {}};
  EXPECT_TRUE(left.send(large, deadline_in(1ms)).error().is(errors::timeout));
}

TEST_F(FrameSocketTest, ShutDownEndsAReceiveThatWaitsInAnotherThread) {
  auto waiting = std::async(std::launch::async, [&] { return right.receive(no_deadline); });
  right.shut_down();
  EXPECT_TRUE(waiting.get().error().is(errors::closed));
}

// Who announces the largest frame and sends nothing must not make us take its memory.
TEST_F(FrameSocketTest, MemoryGrowsWithWhatArrivedOnly) {
  send_raw(encode_frame_prefix(
      {.header_bytes = 0, .body_bytes = limits::frame_body_bytes_max, .descriptors = 0}));
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_TRUE(right.receive(deadline_in(5ms)).error().is(errors::timeout));
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 * 1024);
}

struct LocalSocketTest : testing::Test {
  std::filesystem::path folder;
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/cloister-socket-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void meets(const std::string& path) {
    Descriptor listener = listen_at(path, 0600).value();
    FrameSocket client(connect_to(path).value());
    FrameSocket server(accept_from(listener, deadline_in(30s)).value());
    ASSERT_TRUE(client.send({.header = "hello", .body = {}, .descriptors = {}}, deadline_in(30s)));
    EXPECT_EQ(server.receive(deadline_in(30s)).value().header, "hello");
  }
};

TEST_F(LocalSocketTest, ListensConnectsAndAccepts) {
  meets(folder / "s.sock");
}

TEST_F(LocalSocketTest, PathsLongerThanAnAddressWork) {
  std::filesystem::path deep = folder / std::string(120, 'd');
  std::filesystem::create_directory(deep);
  meets(deep / "s.sock");
  EXPECT_TRUE(listen_at(deep / std::string(200, 'n'), 0600).error().is(errors::system));
}

TEST_F(LocalSocketTest, AStaleSocketFileIsReplaced) {
  {
    Descriptor gone = listen_at(folder / "s.sock", 0600).value();
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "s.sock"));
  EXPECT_TRUE(connect_to(folder / "s.sock").error().is(errors::not_found));
  meets(folder / "s.sock");
}

TEST_F(LocalSocketTest, NobodyThereIsSaid) {
  EXPECT_TRUE(connect_to(folder / "none").error().is(errors::not_found));
  EXPECT_TRUE(connect_to(folder / "no" / "folder").error().is(errors::not_found));
  Descriptor listener = listen_at(folder / "s.sock", 0600).value();
  EXPECT_TRUE(accept_from(listener, deadline_in(1ms)).error().is(errors::timeout));
}

TEST(SealedMemory, CarriesBytesThatNobodyCanChange) {
  Descriptor memory = sealed_copy_of(base::as_bytes("result"), "test").value();
  MappedMemory mapped = MappedMemory::map(memory, 100).value();
  EXPECT_EQ(base::as_text(mapped.view()), "result");
  EXPECT_LT(::pwrite(memory.number(), "X", 1, 0), 0);
  EXPECT_NE(ftruncate(memory.number(), 0), 0);
  EXPECT_NE(ftruncate(memory.number(), 100), 0);
  EXPECT_EQ(mmap(nullptr, 6, PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0), MAP_FAILED);
  MappedMemory moved(std::move(mapped));
  EXPECT_EQ(base::as_text(moved.view()), "result");
  MappedMemory other =
      MappedMemory::map(sealed_copy_of(base::as_bytes("two"), "t").value(), 9).value();
  other = std::move(moved);
  EXPECT_EQ(base::as_text(other.view()), "result");
}

TEST(SealedMemory, RefusesWhatCanStillChange) {
  constexpr std::array all{F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL};
  // Every proper subset of the four seals leaves a way to change the bytes or the seals.
  for (unsigned subset = 0; subset < 16; ++subset) {
    Descriptor memory = create_memory_file("test").value();
    ASSERT_EQ(::write(memory.number(), "x", 1), 1);
    int seals = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      if ((subset & 1u << i) != 0) seals |= all[i];
    ASSERT_EQ(fcntl(memory.number(), F_ADD_SEALS, seals), 0);
    auto mapped = MappedMemory::map(memory, 100);
    EXPECT_EQ(mapped.has_value(), subset == 15) << subset;
    if (!mapped) EXPECT_TRUE(mapped.error().is(errors::not_sealed));
  }
  EXPECT_TRUE(MappedMemory::map(pipe().value().first, 100).error().is(errors::not_sealed));
  Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(MappedMemory::map(null, 100).error().is(errors::not_sealed));
  std::string pattern = testing::TempDir() + "/cloister-plain-XXXXXX";
  Descriptor file(mkstemp(pattern.data()));
  EXPECT_TRUE(MappedMemory::map(file, 100).error().is(errors::not_sealed));
  unlink(pattern.c_str());
}

TEST(SealedMemory, CannotBeSealedWhileSomebodyCanWriteThroughAMapping) {
  Descriptor memory = create_memory_file("test").value();
  ASSERT_EQ(ftruncate(memory.number(), 4096), 0);
  void* writable = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0);
  ASSERT_NE(writable, MAP_FAILED);
  EXPECT_TRUE(seal(memory).error().is(errors::system));
  EXPECT_TRUE(MappedMemory::map(memory, 5000).error().is(errors::not_sealed));
  munmap(writable, 4096);
  EXPECT_TRUE(seal(memory));
}

TEST(SealedMemory, HasALimitAndMayBeEmpty) {
  Descriptor memory = sealed_copy_of(base::as_bytes("12345"), "test").value();
  EXPECT_TRUE(MappedMemory::map(memory, 5).has_value());
  EXPECT_TRUE(MappedMemory::map(memory, 4).error().is(errors::too_large));
  EXPECT_TRUE(MappedMemory::map(sealed_copy_of({}, "test").value(), 0).value().view().empty());
}

TEST(Descriptor, ClosesOnceAndMoves) {
  std::size_t before = open_descriptors();
  {
    DescriptorPair ends = pipe().value();
    EXPECT_EQ(open_descriptors(), before + 2);
    Descriptor moved(std::move(ends.first));
    EXPECT_FALSE(ends.first.open());  // NOLINT(bugprone-use-after-move): what is tested
    moved = std::move(ends.second);   // closes the first
    EXPECT_EQ(open_descriptors(), before + 1);
    Descriptor copy = moved.duplicate().value();
    EXPECT_NE(copy.number(), moved.number());
    EXPECT_NE(fcntl(copy.number(), F_GETFD) & FD_CLOEXEC, 0);
    int number = copy.release();
    EXPECT_FALSE(copy.open());
    ::close(number);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(Descriptor().duplicate().error().is(errors::system));
}

}  // namespace
}  // namespace cloister::io
