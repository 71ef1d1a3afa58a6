// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/aead.hpp"

#include "cloister/crypto/errors.hpp"

#include "vector_file.hpp"

#include <gtest/gtest.h>

#include <set>

namespace cloister::crypto {
namespace {

base::Bytes joined(std::initializer_list<base::Bytes> parts) {
  base::Bytes all;
  for (const base::Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(Aead, AgreesWithNistsVectors) {
  int sealed = 0;
  int refused = 0;
  for (const VectorCase& test : read_vectors("aes-256-gcm.txt")) {
    auto key = base::SecretBytes::copy_of(test.bytes("Key"));
    base::Bytes whole = joined({test.bytes("IV"), test.bytes("CT"), test.bytes("Tag")});
    auto opened = aead_open(key, test.bytes("AAD"), whole);
    if (test.text("Expect") == "invalid") {
      ASSERT_FALSE(opened.has_value()) << test.text("Key");
      EXPECT_TRUE(opened.error().is(errors::not_authentic));
      ++refused;
      continue;
    }
    base::Bytes plaintext = test.bytes("PT");
    ASSERT_TRUE(opened.has_value()) << test.text("Key");
    EXPECT_TRUE(base::equal_constant_time(opened->view(), plaintext));
    EXPECT_EQ(aead_seal_with_nonce(key, test.bytes("IV"), test.bytes("AAD"), plaintext), whole);
    ++sealed;
  }
  EXPECT_EQ(sealed, 173);
  EXPECT_EQ(refused, 50);
}

struct SealedTest : testing::Test {
  base::SeededRandom random{1};
  base::SecretBytes key = new_key(random);
  base::Bytes context = base::to_bytes("place one");
  base::Bytes plaintext = base::to_bytes("a secret of some length");
  base::Bytes sealed = aead_seal(key, context, plaintext, random);
};

TEST_F(SealedTest, OpensToWhatWasSealed) {
  EXPECT_EQ(sealed.size(), plaintext.size() + aead_overhead_bytes);
  EXPECT_EQ(aead_open(key, context, sealed).value().text(), base::as_text(plaintext));
}

TEST_F(SealedTest, EveryChangedBitIsFound) {
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    base::Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    auto opened = aead_open(key, context, changed);
    ASSERT_FALSE(opened.has_value()) << bit;
    EXPECT_TRUE(opened.error().is(errors::not_authentic));
  }
}

TEST_F(SealedTest, EveryOtherLengthIsRefused) {
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(aead_open(key, context, base::ByteView(sealed).first(size)).has_value()) << size;
  sealed.push_back(std::byte{0});
  EXPECT_FALSE(aead_open(key, context, sealed).has_value());
}

TEST_F(SealedTest, BelongsToItsPlaceAndItsKey) {
  EXPECT_FALSE(aead_open(key, base::as_bytes("place two"), sealed).has_value());
  EXPECT_FALSE(aead_open(key, {}, sealed).has_value());
  EXPECT_FALSE(aead_open(new_key(random), context, sealed).has_value());
}

TEST_F(SealedTest, NothingCanBeSealedToo) {
  base::Bytes nothing = aead_seal(key, {}, {}, random);
  EXPECT_EQ(nothing.size(), aead_overhead_bytes);
  EXPECT_TRUE(aead_open(key, {}, nothing).value().empty());
}

TEST_F(SealedTest, EachSealingTakesAFreshNonce) {
  std::set<base::Bytes> nonces;
  for (int i = 0; i < 1000; ++i) {
    base::Bytes again = aead_seal(key, context, plaintext, random);
    nonces.emplace(again.begin(), again.begin() + 12);
  }
  EXPECT_EQ(nonces.size(), 1000u);
}

TEST_F(SealedTest, LargeTextsGoThroughWhole) {
  base::Bytes large(3u << 20);
  random.fill(large);
  auto opened = aead_open(key, context, aead_seal(key, context, large, random));
  EXPECT_TRUE(base::equal_constant_time(opened.value().view(), large));
}

}  // namespace
}  // namespace cloister::crypto
