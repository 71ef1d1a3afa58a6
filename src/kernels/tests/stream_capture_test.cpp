// SPDX-License-Identifier: Apache-2.0
#include "stream_capture.hpp"

#include "text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace cloister::kernels {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void write_all(const io::Descriptor& to, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(to.number(), text.data(), text.size());
    ASSERT_GT(written, 0);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

TEST(StreamCapture, KeepsAllThatWasWritten) {
  auto capture = StreamCapture::start(1 << 20).value();
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + '\n';
  write_all(capture->writer(), text);
  auto captured = capture->finish();
  EXPECT_EQ(captured.text, text);
  EXPECT_FALSE(captured.truncated);
}

TEST(StreamCapture, NeverHoldsAWriterUpAndSaysWhereItCut) {
  auto capture = StreamCapture::start(1000).value();
  write_all(capture->writer(), std::string(10 << 20, 'x'));  // hangs when nobody reads on
  auto captured = capture->finish();
  EXPECT_TRUE(captured.truncated);
  EXPECT_THAT(captured.text, StartsWith(std::string(1000, 'x') + "\n[cut here"));
}

TEST(StreamCapture, DoesNotWaitForAWriterThatStays) {
  auto capture = StreamCapture::start(1000).value();
  auto copy = capture->writer().duplicate().value();
  write_all(copy, "hello");
  EXPECT_EQ(capture->finish().text, "hello");
}

TEST(Text, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(to_valid_utf8("größe €𝄞"), "größe €𝄞");
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(to_valid_utf8("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  EXPECT_EQ(to_valid_utf8("\xf0\x9d\x84"), "\xef\xbf\xbd");                          // cut off
  EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // surrogate
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_TRUE(is_valid_utf8(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace cloister::kernels
