// SPDX-License-Identifier: Apache-2.0
#include "connector.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace cloister::cell {
namespace {

base::ByteView bytes(const sockaddr_un& address, std::size_t size) {
  return std::as_bytes(std::span(&address, 1)).first(size);
}

TEST(PathInAnAddress, IsReadAsTheKernelReadsIt) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, "/tmp/s\0rest", 11);
  EXPECT_EQ(path_in(bytes(address, sizeof address)), "/tmp/s");
  EXPECT_EQ(path_in(bytes(address, 2 + 4)), "/tmp");  // without its end
  EXPECT_EQ(path_in(bytes(address, 2)), "");          // unnamed
  EXPECT_EQ(path_in(bytes(address, 1)), "");
  address.sun_path[0] = '\0';
  EXPECT_EQ(path_in(bytes(address, sizeof address)), "");  // abstract
  std::memset(address.sun_path, 'x', sizeof address.sun_path);
  EXPECT_EQ(path_in(bytes(address, sizeof address)).size(), sizeof address.sun_path);
  address.sun_family = AF_INET;
  EXPECT_EQ(path_in(bytes(address, sizeof address)), "");
}

// This process stands for a process of a cell: its own root, /tmp and /dev/shm.
class OwnSocketsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/dev/shm/own-sockets-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    listener_ = io::Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string path = folder_ + "/s";
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  io::Descriptor listener_;
};

TEST_F(OwnSocketsTest, FindsThoseOfTheMemoryFolders) {
  auto own = OwnSockets::of(getpid(), {});
  ASSERT_TRUE(own);
  auto found = own->find(getpid(), folder_ + "/s");
  ASSERT_TRUE(found);
  struct stat about{};
  fstat(found->number(), &about);
  EXPECT_TRUE(S_ISSOCK(about.st_mode));
  EXPECT_EQ(own->find(getpid(), folder_ + "/none").error().error, ENOENT);
  EXPECT_EQ(own->find(getpid(), folder_).error().error, ECONNREFUSED);
  EXPECT_FALSE(own->find(getpid(), folder_).error().foreign);
}

TEST_F(OwnSocketsTest, RefusesWhatIsNotTheCells) {
  OwnSockets none;
  EXPECT_EQ(none.find(getpid(), folder_ + "/s").error().error, EACCES);
  EXPECT_TRUE(none.find(getpid(), folder_ + "/s").error().foreign);
}

TEST_F(OwnSocketsTest, FollowsNoMagicLinks) {
  auto own = OwnSockets::of(getpid(), {});
  std::string link = "/proc/self/fd/" + std::to_string(listener_.number());
  EXPECT_EQ(own->find(getpid(), link).error().error, ELOOP);
}

}  // namespace
}  // namespace cloister::cell
