// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/derive.hpp"

#include "cloister/base/random.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/crypto/errors.hpp"

#include "argon2id.hpp"
#include "vector_file.hpp"

#include <gtest/gtest.h>

namespace cloister::crypto {
namespace {

TEST(Hkdf, AgreesWithRfc5869) {
  auto cases = read_vectors("hkdf-sha256.txt");
  ASSERT_EQ(cases.size(), 3u);
  for (const VectorCase& test : cases) {
    auto derived =
        hkdf_sha256(test.bytes("IKM"), test.bytes("salt"), test.bytes("info"), test.number("L"));
    EXPECT_EQ(base::to_hex(derived.view()), test.text("OKM"));
  }
}

TEST(DeriveKey, LabelsAndMastersGiveUnrelatedKeys) {
  base::SeededRandom random(1);
  base::SecretBytes master = new_key(random);
  base::SecretBytes other = new_key(random);
  auto one = derive_key(master, "one");
  EXPECT_EQ(one.size(), key_bytes);
  EXPECT_TRUE(base::equal_constant_time(one.view(), derive_key(master, "one").view()));
  EXPECT_FALSE(base::equal_constant_time(one.view(), derive_key(master, "two").view()));
  EXPECT_FALSE(base::equal_constant_time(one.view(), derive_key(master, "").view()));
  EXPECT_FALSE(base::equal_constant_time(one.view(), derive_key(other, "one").view()));
}

TEST(Argon2id, AgreesWithTheReferenceImplementation) {
  auto cases = read_vectors("argon2id.txt");
  ASSERT_EQ(cases.size(), 6u);
  for (const VectorCase& test : cases) {
    base::Bytes expected = test.bytes("Key");
    base::Bytes key(expected.size());
    ASSERT_TRUE(argon2id(key, test.bytes("Passphrase"), test.bytes("Salt"),
                         static_cast<std::uint32_t>(test.number("Passes")),
                         static_cast<std::uint32_t>(test.number("MemoryKiB"))));
    EXPECT_EQ(base::to_hex(key), test.text("Key")) << test.text("Origin");
  }
}

TEST(KeyFromPassphrase, IsArgon2idWithTheStatedCost) {
  int used = 0;
  for (const VectorCase& test : read_vectors("argon2id.txt")) {
    if (test.number("MemoryKiB") < (19u << 10)) continue;
    PassphraseCost cost{.passes = static_cast<std::uint32_t>(test.number("Passes")),
                        .memory_kib = static_cast<std::uint32_t>(test.number("MemoryKiB"))};
    auto key = key_from_passphrase(test.bytes("Passphrase"), test.bytes("Salt"), cost);
    EXPECT_EQ(base::to_hex(key.value().view()), test.text("Key"));
    ++used;
  }
  EXPECT_EQ(used, 3);
  EXPECT_EQ(PassphraseCost().passes, 3u);  // RFC 9106 §4, second recommended option
  EXPECT_EQ(PassphraseCost().memory_kib, 65536u);
}

// What a damaged or hostile home.json could ask for.
TEST(KeyFromPassphrase, RefusesCostsOutsideItsLimits) {
  base::Bytes salt(passphrase_salt_bytes);
  for (PassphraseCost cost :
       {PassphraseCost{1, 65536}, PassphraseCost{0, 65536}, PassphraseCost{65, 65536},
        PassphraseCost{3, (19u << 10) - 1}, PassphraseCost{3, (2u << 20) + 1},
        PassphraseCost{3, 0xffffffff}, PassphraseCost{0xffffffff, 65536}})
    EXPECT_TRUE(key_from_passphrase(base::as_bytes("x"), salt, cost).error().is(errors::bad_key));
  for (std::size_t size : {0, 15, 17})
    EXPECT_TRUE(key_from_passphrase(base::as_bytes("x"), base::Bytes(size), {})
                    .error()
                    .is(errors::bad_key));
}

}  // namespace
}  // namespace cloister::crypto
