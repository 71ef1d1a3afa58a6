// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/dns_question.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

base::Bytes question(const std::vector<std::string>& labels, std::uint16_t type = dns_type_a) {
  base::Bytes message = *base::from_hex("abcd01000001000000000000");
  auto put = [&message](std::string_view text) {
    for (char c : text) message.push_back(static_cast<std::byte>(c));
  };
  for (const std::string& label : labels) {
    message.push_back(static_cast<std::byte>(label.size()));
    put(label);
  }
  put({"\0", 1});
  put({"\0", 1});
  message.push_back(static_cast<std::byte>(type));
  put({"\0\1", 2});
  return message;
}

TEST(DnsQuestion, ReadsAName) {
  auto parsed = parse_dns_question(question({"evil", "example", "com"}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "evil.example.com");
  EXPECT_EQ(parsed->type, dns_type_a);
  EXPECT_EQ(parsed->bytes, question({"evil", "example", "com"}).size());
  EXPECT_EQ(parse_dns_question(question({}))->name, "");
}

TEST(DnsQuestion, EscapesWhatCouldBeMistaken) {
  using namespace std::string_literals;
  EXPECT_EQ(parse_dns_question(question({"evil\0"s, "allowed.com"}))->name,
            R"(evil\000.allowed\.com)");
  EXPECT_EQ(parse_dns_question(question({"a\nb\x7f\xff\""s, "c\\"}))->name,
            R"(a\010b\127\255\034.c\\)");
}

TEST(DnsQuestion, RefusesEveryTruncation) {
  base::Bytes whole = question({"tunnel", "attacker", "test"});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_dns_question(base::ByteView(whole).first(size))) << size;
}

TEST(DnsQuestion, RefusesWhatIsNoPlainQuestion) {
  EXPECT_FALSE(parse_dns_question(question({std::string(64, 'a')})));  // a pointer or too long
  EXPECT_TRUE(parse_dns_question(question({std::string(63, 'a')})));
  std::vector<std::string> labels(5, std::string(63, 'a'));
  EXPECT_FALSE(parse_dns_question(question(labels)));  // 320 bytes
  base::Bytes pointer = *base::from_hex("abcd01000001000000000000c00c00010001");
  EXPECT_FALSE(parse_dns_question(pointer));
  base::Bytes answer = question({"a"});
  answer[2] |= std::byte{0x80};
  EXPECT_FALSE(parse_dns_question(answer));
  base::Bytes two = question({"a"});
  two[5] = std::byte{2};
  EXPECT_FALSE(parse_dns_question(two));
}

TEST(DnsQuestion, AnswersWithTheAddressAndWithoutForOtherTypes) {
  base::Bytes asked = question({"x", "test"});
  auto parsed = parse_dns_question(asked);
  base::Bytes answer = answer_dns_question(asked, *parsed, 0xc6120001);
  EXPECT_EQ(base::to_hex(base::ByteView(answer).first(12)), "abcd85800001000100000000");
  EXPECT_EQ(base::to_hex(base::ByteView(answer).last(16)), "c00c00010001000000010004c6120001");
  base::Bytes none = answer_dns_question(asked, *parsed, 0);
  EXPECT_EQ(none.size(), asked.size());
  EXPECT_EQ(base::to_hex(base::ByteView(none).first(12)), "abcd85800001000000000000");
}

}  // namespace
}  // namespace cloister::cell
