// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/secret.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

// What each region held at the moment it was given back; filled by the munmap below.
struct Unmapped {
  const void* address;
  std::vector<std::byte> content;
};
const void* watched = nullptr;
std::vector<Unmapped> unmapped;

}  // namespace

// Stands in for the C library's munmap in this program, so that a test sees memory at the last
// moment.
extern "C" int munmap(void* address, size_t size) noexcept {
  if (address == watched) {
    auto* bytes = static_cast<const std::byte*>(address);
    unmapped.push_back({address, {bytes, bytes + size}});
  }
  return static_cast<int>(syscall(SYS_munmap, address, size));
}

namespace cloister::base {
namespace {

bool all_zero(const std::vector<std::byte>& bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

struct SecretBytesTest : testing::Test {
  void SetUp() override { unmapped.clear(); }
  void TearDown() override { watched = nullptr; }
};

// The flags that the kernel shows for the mapping that begins at `address`.
std::string flags_of(const void* address) {
  std::ostringstream wanted;
  wanted << std::hex << reinterpret_cast<std::uintptr_t>(address) << '-';
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') != std::string::npos && line.find(' ') != std::string::npos &&
        line.find(':') > line.find(' '))
      here = line.starts_with(wanted.str());
    if (here && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

TEST(SecretBytes, WipedBeforeTheMemoryIsGivenBack) {
  unmapped.clear();
  {
    SecretBytes secret = SecretBytes::copy_of("a passphrase that nobody may find");
    watched = secret.view().data();
    EXPECT_EQ(secret.text(), "a passphrase that nobody may find");
  }
  ASSERT_EQ(unmapped.size(), 1u);
  EXPECT_GE(unmapped[0].content.size(), 33u);
  EXPECT_TRUE(all_zero(unmapped[0].content));
  watched = nullptr;
}

TEST_F(SecretBytesTest, AssigningOverASecretWipesIt) {
  SecretBytes secret = SecretBytes::copy_of("old");
  watched = secret.view().data();
  secret = SecretBytes::copy_of("new");
  ASSERT_EQ(unmapped.size(), 1u);
  EXPECT_TRUE(all_zero(unmapped[0].content));
  EXPECT_EQ(secret.text(), "new");
}

TEST_F(SecretBytesTest, MovingMovesTheMemoryAndLeavesNothingBehind) {
  SecretBytes first = SecretBytes::copy_of("once only");
  const std::byte* where = first.view().data();
  SecretBytes second(std::move(first));
  EXPECT_EQ(second.view().data(), where);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is tested
  SecretBytes third;
  third = std::move(second);
  EXPECT_EQ(third.view().data(), where);
  EXPECT_EQ(third.text(), "once only");
  third = std::move(*&third);
  EXPECT_EQ(third.text(), "once only");
}

TEST_F(SecretBytesTest, AFreshOneIsZeroAndACloneIsItsOwn) {
  SecretBytes secret(100);
  EXPECT_TRUE(all_zero({secret.view().begin(), secret.view().end()}));
  secret.writable()[7] = std::byte{9};
  SecretBytes copy = secret.clone();
  secret.writable()[7] = std::byte{1};
  EXPECT_EQ(copy.view()[7], std::byte{9});
  EXPECT_EQ(copy.size(), 100u);
  EXPECT_NE(copy.view().data(), secret.view().data());
}

TEST_F(SecretBytesTest, EmptyOnesWork) {
  SecretBytes none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.clone().empty());
  EXPECT_TRUE(SecretBytes::copy_of("").empty());
  EXPECT_EQ(SecretBytes(0).size(), 0u);
}

TEST_F(SecretBytesTest, StaysOutOfSwapCoreDumpsAndChildren) {
  SecretBytes secret = SecretBytes::copy_of("x");
  std::string flags = flags_of(secret.view().data());
  ASSERT_NE(flags, "");
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;  // not in core dumps
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;  // zeroes after fork
  EXPECT_EQ(flags.find(" lo ") != std::string::npos, secret.locked()) << flags;
}

TEST_F(SecretBytesTest, AForkedChildFindsZeroes) {
  SecretBytes secret = SecretBytes::copy_of("parent only");
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(secret.view()[0] == std::byte{0} ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(secret.text(), "parent only");
}

TEST(Wipe, OverwritesEveryByte) {
  std::vector<std::byte> bytes(1000, std::byte{0xaa});
  wipe(bytes);
  EXPECT_TRUE(all_zero(bytes));
  wipe({});
}

TEST(EqualConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("xbc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
  EXPECT_FALSE(equal_constant_time(as_bytes(""), as_bytes("a")));
}

}  // namespace
}  // namespace cloister::base
