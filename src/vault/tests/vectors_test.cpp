// SPDX-License-Identifier: Apache-2.0
// The vectors below tests/vectors/vault were made by another program, in another language.
#include "cloister/vault/home_file.hpp"
#include "cloister/vault/manifest.hpp"

#include "home_fixture.hpp"

#include <algorithm>

namespace cloister::vault {
namespace {

io::Path vectors() {
  return io::Path(CLOISTER_SOURCE_DIR) / "tests/vectors/vault";
}

crypto::VerifyKey signing_key() {
  std::string text = read_text(vectors() / "valid/signing-key");
  auto bytes = base::from_hex(std::string_view(text).substr(0, 64));
  crypto::VerifyKey key{};
  EXPECT_TRUE(bytes.has_value());
  if (bytes) std::ranges::copy(*bytes, key.begin());
  return key;
}

bool accepted(const io::Path& file) {
  std::string text = read_text(file);
  if (file.native().ends_with("home.json")) return parse_home_file(text).has_value();
  auto manifest = parse_manifest(base::as_bytes(text));
  return manifest && signature_fits(*manifest, signing_key());
}

TEST(VaultVectors, ValidOnesAreAccepted) {
  int files = 0;
  for (const auto& item : std::filesystem::directory_iterator(vectors() / "valid")) {
    if (item.path().filename() == "signing-key") continue;
    EXPECT_TRUE(accepted(item.path())) << item.path();
    ++files;
  }
  EXPECT_EQ(files, 3);
  auto manifest =
      parse_manifest(base::as_bytes(read_text(vectors() / "valid/three-blocks.manifest")));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->file_id, "0011223344556677");
  EXPECT_EQ(manifest->dataset_id, "8899aabbccddeeff");
  EXPECT_EQ(manifest->version, 1u);
  EXPECT_EQ(manifest->file_bytes, 12'288u + 262'144u + 1000u);
}

TEST(VaultVectors, InvalidOnesAreRefused) {
  int files = 0;
  for (const auto& item : std::filesystem::directory_iterator(vectors() / "invalid")) {
    EXPECT_FALSE(accepted(item.path())) << item.path();
    ++files;
  }
  EXPECT_GE(files, 18);
}

}  // namespace
}  // namespace cloister::vault
