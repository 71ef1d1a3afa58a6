// SPDX-License-Identifier: Apache-2.0
// Paths, names, types and the notary alone.
#include "cloister/contents/path.hpp"

#include "contents_fixture.hpp"
#include "file_content.hpp"
#include "names.hpp"

namespace cloister::contents {
namespace {

std::string path_or_code(std::string_view text) {
  auto path = ApiPath::parse(text);
  return path ? path->text() : path.error().code;
}

TEST(ApiPath, IsWhatIsBetweenSlashes) {
  EXPECT_EQ(path_or_code(""), "");
  EXPECT_EQ(path_or_code("///"), "");
  EXPECT_EQ(path_or_code("/a//b/"), "a/b");
  EXPECT_EQ(path_or_code("a b/ü/...x"), "a b/ü/...x");
  ApiPath path = ApiPath::parse("a/b/c.txt").value();
  EXPECT_EQ(path.name(), "c.txt");
  EXPECT_EQ(path.parent().text(), "a/b");
  EXPECT_TRUE(path.parent().parent().parent().root());
  EXPECT_EQ(ApiPath().child("x").text(), "x");
}

TEST(ApiPath, RefusesEveryWayUp) {
  for (std::string_view text : {"..", "a/..", "../a", "a/../b", "/..", ".", "a/./b", "a/.", "./"})
    EXPECT_EQ(path_or_code(text), "contents.outside") << text;
  EXPECT_EQ(path_or_code(std::string_view("a\0", 2)), "contents.outside");
  EXPECT_EQ(path_or_code("\xc0\xae\xc0\xae/x"), "contents.outside");  // an overlong ".."
  EXPECT_EQ(path_or_code(std::string(256, 'a')), "contents.bad-name");
  EXPECT_EQ(path_or_code(std::string(255, 'a')), std::string(255, 'a'));
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "a/";
  EXPECT_EQ(path_or_code(deep), "contents.bad-name");
}

TEST(ApiPath, HiddenIsAnyDotInFrontAndInsideIsByName) {
  auto hidden = [](std::string_view text) { return ApiPath::parse(text).value().hidden(); };
  EXPECT_TRUE(hidden(".a"));
  EXPECT_TRUE(hidden("a/.b/c"));
  EXPECT_FALSE(hidden("a.b/c."));
  ApiPath test = ApiPath::parse("test").value();
  EXPECT_TRUE(ApiPath::parse("test/a").value().inside(test));
  EXPECT_FALSE(ApiPath::parse("testtest/a").value().inside(test));
  EXPECT_FALSE(test.inside(test));
  EXPECT_TRUE(test.inside(ApiPath()));
}

TEST(Names, OfCheckpointsAndCopies) {
  EXPECT_EQ(checkpoint_name("a.ipynb"), "a-checkpoint.ipynb");
  EXPECT_EQ(checkpoint_name("a.tar.gz"), "a.tar-checkpoint.gz");
  EXPECT_EQ(checkpoint_name("a"), "a-checkpoint");
  EXPECT_EQ(checkpoint_name(".bashrc"), ".bashrc-checkpoint");
  EXPECT_EQ(numbered_name("a", "-Copy", 2), "a-Copy2");
  EXPECT_EQ(numbered_name("a.b.ipynb", "", 1), "a.b1.ipynb");
  EXPECT_EQ(without_copy_number("a-Copy12.txt"), "a.txt");
  EXPECT_EQ(without_copy_number("a-Copy.txt"), "a.txt");
  EXPECT_EQ(without_copy_number("a-Copy1"), "a-Copy1");
  EXPECT_EQ(without_copy_number("a-Copyright.txt"), "a-Copyright.txt");
}

TEST(Names, HaveMimeTypes) {
  EXPECT_EQ(mimetype_of("a.py"), "text/x-python");
  EXPECT_EQ(mimetype_of("A.PNG"), "image/png");
  EXPECT_EQ(mimetype_of("a.csv"), "text/csv");
  EXPECT_EQ(mimetype_of("a.json"), "application/json");
  EXPECT_EQ(mimetype_of("a.tar.gz"), "application/x-tar");
  EXPECT_EQ(mimetype_of("a.tgz"), "application/x-tar");
  EXPECT_EQ(mimetype_of("a.md"), "text/markdown");
  EXPECT_EQ(mimetype_of("a.gz"), std::nullopt);
  EXPECT_EQ(mimetype_of(".png"), std::nullopt);
  EXPECT_EQ(mimetype_of("a"), std::nullopt);
}

TEST(Errors, EachHasItsStatus) {
  EXPECT_EQ(http_status({errors::too_large, ""}), 413);
  EXPECT_EQ(http_status({errors::not_permitted, ""}), 403);
  EXPECT_EQ(http_status({"other.code", base::Kind::failed, ""}), 500);
  EXPECT_EQ(
      as_contents_error({"io.system", base::Kind::failed, "cannot open /a/b: No space"}).message,
      "the disk refused a step:  No space");
}

using Notary = ContentsTest;

TEST_F(Notary, AStoreOfAnotherKeyTrustsNothing) {
  ASSERT_TRUE(notary->sign(base::as_bytes("notebook")).has_value());
  EXPECT_TRUE(notary->trusts(base::as_bytes("notebook")));
  EXPECT_FALSE(notary->trusts(base::as_bytes("notebooK")));
  auto again = contents::Notary::open(disk, home / "trusted", base::SecretBytes::copy_of("key"));
  EXPECT_TRUE((*again)->trusts(base::as_bytes("notebook")));
  auto other = contents::Notary::open(disk, home / "trusted", base::SecretBytes::copy_of("other"));
  EXPECT_FALSE((*other)->trusts(base::as_bytes("notebook")));
}

TEST_F(Notary, ATornRecordIsOverwritten) {
  ASSERT_TRUE(notary->sign(base::as_bytes("a")).has_value());
  std::ofstream(home / "trusted", std::ios::app) << "torn";
  reopen({});
  ASSERT_TRUE(notary->sign(base::as_bytes("b")).has_value());
  EXPECT_EQ(std::filesystem::file_size(home / "trusted"), 64u);
  reopen({});
  EXPECT_TRUE(notary->trusts(base::as_bytes("a")));
  EXPECT_TRUE(notary->trusts(base::as_bytes("b")));
}

}  // namespace
}  // namespace cloister::contents
