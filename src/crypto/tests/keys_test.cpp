// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/errors.hpp"
#include "cloister/crypto/sealed_box.hpp"
#include "cloister/crypto/signature.hpp"

#include "vector_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cloister::crypto {
namespace {

template <typename Array>
Array array_of(const base::Bytes& bytes) {
  Array array{};
  CLOISTER_CHECK(bytes.size() == array.size());
  std::ranges::copy(bytes, array.begin());
  return array;
}

TEST(Signature, AgreesWithRfc8032) {
  auto cases = read_vectors("ed25519.txt");
  ASSERT_EQ(cases.size(), 42u);
  for (const VectorCase& test : cases) {
    auto key = SigningKey::from_seed(base::SecretBytes::copy_of(test.bytes("Seed")));
    EXPECT_EQ(base::to_hex(key.verify_key()), test.text("Key"));
    base::Bytes message = test.bytes("Msg");
    Signature signature = key.sign(message);
    EXPECT_EQ(base::to_hex(signature), test.text("Signature"));
    EXPECT_TRUE(verify(array_of<VerifyKey>(test.bytes("Key")), message, signature));
  }
}

struct SignedTest : testing::Test {
  base::SeededRandom random{3};
  SigningKey key = SigningKey::generate(random);
  base::Bytes message = base::to_bytes("checkpoint");
  Signature signature = key.sign(message);
};

TEST_F(SignedTest, EveryChangedBitIsFound) {
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature changed = signature;
    changed[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(verify(key.verify_key(), message, changed)) << bit;
  }
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    base::Bytes changed = message;
    changed[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(verify(key.verify_key(), changed, signature)) << bit;
  }
  message.push_back(std::byte{0});
  EXPECT_FALSE(verify(key.verify_key(), message, signature));
}

TEST_F(SignedTest, AnotherKeyDoesNotVerify) {
  EXPECT_FALSE(verify(SigningKey::generate(random).verify_key(), message, signature));
}

// RFC 8032 §5.1.7: S must be below the group's order, or one signature would have two forms.
TEST_F(SignedTest, TheOtherFormOfASignatureIsRefused) {
  base::Bytes order =
      base::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").value();
  Signature other = signature;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += std::to_integer<unsigned>(other[32 + i]) + std::to_integer<unsigned>(order[i]);
    other[32 + i] = static_cast<std::byte>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_FALSE(verify(key.verify_key(), message, other));
}

// With a key of small order one signature would fit every message.
TEST_F(SignedTest, KeysOfSmallOrderAreRefused) {
  Signature forged{};
  forged[0] = std::byte{1};
  VerifyKey neutral{};
  neutral[0] = std::byte{1};
  EXPECT_FALSE(verify(neutral, message, forged));
  EXPECT_FALSE(verify(VerifyKey{}, message, forged));
}

TEST(SealedBox, OpensWithTheSecretKeyOnly) {
  base::SeededRandom random(4);
  BoxKeyPair keys = BoxKeyPair::generate(random);
  BoxKeyPair other = BoxKeyPair::generate(random);
  base::Bytes sealed = seal_to(keys.public_key, base::as_bytes("to the owner"));
  EXPECT_EQ(sealed.size(), 12 + sealed_box_overhead_bytes);
  EXPECT_EQ(open_sealed(keys, sealed).value().text(), "to the owner");
  EXPECT_TRUE(open_sealed(other, sealed).error().is(errors::not_authentic));
  auto again = BoxKeyPair::from_secret(keys.secret_key.clone());
  EXPECT_EQ(again.public_key, keys.public_key);
  EXPECT_TRUE(open_sealed(again, sealed).has_value());
}

TEST(SealedBox, EveryChangedByteAndLengthIsFound) {
  base::SeededRandom random(5);
  BoxKeyPair keys = BoxKeyPair::generate(random);
  base::Bytes sealed = seal_to(keys.public_key, base::as_bytes("x"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    base::Bytes changed = sealed;
    changed[i] ^= std::byte{1};
    EXPECT_FALSE(open_sealed(keys, changed).has_value()) << i;
    EXPECT_FALSE(open_sealed(keys, base::ByteView(sealed).first(i)).has_value()) << i;
  }
}

TEST(SealedBox, NothingCanBeSealedAndTwoSealingsDiffer) {
  base::SeededRandom random(6);
  BoxKeyPair keys = BoxKeyPair::generate(random);
  base::Bytes one = seal_to(keys.public_key, {});
  EXPECT_TRUE(open_sealed(keys, one).value().empty());
  EXPECT_NE(one, seal_to(keys.public_key, {}));
}

}  // namespace
}  // namespace cloister::crypto
