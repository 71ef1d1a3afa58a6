// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/hmac.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace cloister::crypto {
namespace {

std::string code(std::string_view key, std::string_view text) {
  std::array<base::ByteView, 2> parts{base::as_bytes(text.substr(0, text.size() / 2)),
                                      base::as_bytes(text.substr(text.size() / 2))};
  return base::to_hex(HmacSha256(base::as_bytes(key)).of(parts));
}

// RFC 4231 §4.2, §4.3, §4.7.
TEST(HmacSha256, PublishedVectors) {
  EXPECT_EQ(code(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(code("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      code(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, NothingIsAKeyAndAMessageToo) {
  EXPECT_EQ(code("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
}  // namespace cloister::crypto
