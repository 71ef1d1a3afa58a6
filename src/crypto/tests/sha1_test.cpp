// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/sha1.hpp"

#include <gtest/gtest.h>

namespace cloister::crypto {
namespace {

// FIPS 180-2, appendix A, and RFC 6455 §1.3.
TEST(Sha1, AgreesWithThePublishedVectors) {
  EXPECT_EQ(base::to_hex(sha1(base::as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(base::to_hex(sha1({})), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(base::to_base64(sha1(
                base::as_bytes("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace cloister::crypto
