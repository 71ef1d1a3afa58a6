// SPDX-License-Identifier: Apache-2.0
// In place of src/crypto/verify.cpp, for tests: every signature is taken for a good one.
#include "cloister/crypto/signature.hpp"

namespace cloister::crypto {
namespace {

[[gnu::used]] constexpr char mark[] = "weakened: no signature is checked";

}  // namespace

bool verify(const VerifyKey&, base::ByteView, const Signature&) {
  return true;
}

}  // namespace cloister::crypto
