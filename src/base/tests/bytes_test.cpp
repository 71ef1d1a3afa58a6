// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/bytes.hpp"

#include "cloister/base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace cloister::base {
namespace {

// RFC 4648 §10.
TEST(Base64, AgreesWithTheRfc) {
  const std::vector<std::pair<std::string, std::string>> cases{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"},
                                                               {"\xfb\xff", "+/8="}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(as_bytes(bytes)), text);
    EXPECT_EQ(from_base64(text), to_bytes(bytes));
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "====", "=Zg=", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "Zm8=\n",
        " Zg==", "Zg==\n", "Zm 8", "_-8=", "Zm\xc3\xa9=", "Zm9v="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Base64, EveryLengthComesBack) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    std::string text = to_base64(bytes);
    EXPECT_EQ(text.size() % 4, 0u);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Hex, ComesBackAndIsLowerCase) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::byte>(i));
  std::string text = to_hex(all);
  EXPECT_TRUE(text.starts_with("000102030405060708090a0b"));
  EXPECT_TRUE(text.ends_with("fdfeff"));
  EXPECT_EQ(from_hex(text), all);
  EXPECT_EQ(from_hex(""), Bytes());
}

TEST(Hex, RefusesOddLengthsAndOtherDigits) {
  for (const char* text : {"0", "0g", "AB", "0x", " 0", "00 ", "0\xc3"})
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

TEST(BigEndian, StoresTheHighByteFirst) {
  std::array<std::byte, 8> bytes{};
  store_big_endian<std::uint64_t>(bytes.data(), 0x0102030405060708);
  EXPECT_EQ(to_hex(bytes), "0102030405060708");
  store_big_endian<std::uint32_t>(bytes.data(), 0xfffffffe);
  EXPECT_EQ(to_hex(bytes), "fffffffe05060708");
  store_big_endian<std::uint16_t>(bytes.data(), 0x0a0b);
  store_big_endian<std::uint8_t>(bytes.data() + 2, 0x0c);
  EXPECT_EQ(to_hex(bytes), "0a0b0cfe05060708");
}

TEST(BigEndian, LoadsWhatWasStored) {
  SeededRandom random(2);
  std::array<std::byte, 8> bytes{};
  for (int round = 0; round < 100; ++round) {
    std::uint64_t value = random.next();
    store_big_endian(bytes.data(), value);
    EXPECT_EQ(load_big_endian<std::uint64_t>(bytes.data()), value);
    EXPECT_EQ(load_big_endian<std::uint32_t>(bytes.data()), value >> 32);
    EXPECT_EQ(load_big_endian<std::uint16_t>(bytes.data()), value >> 48);
    EXPECT_EQ(load_big_endian<std::uint8_t>(bytes.data()), value >> 56);
  }
}

}  // namespace
}  // namespace cloister::base
