// SPDX-License-Identifier: Apache-2.0
// Reading, of the table of Jupyter's contents service; and what links and paths may not do.
#include "cloister/crypto/hash.hpp"

#include "contents_fixture.hpp"

#include <fcntl.h>

namespace cloister::contents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using ContentsGet = ContentsTest;

TEST_F(ContentsGet, AFileIsTextOrBase64) {
  write(root / "a/x.txt", "héllo\n");
  write(root / "a/x.bin", std::string(100, '\xff'));
  auto text = contents->get("/a//x.txt/", {});
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->path, "a/x.txt");
  EXPECT_EQ(text->name, "x.txt");
  EXPECT_EQ(text->type, Type::file);
  EXPECT_EQ(text->size, 7u);
  EXPECT_EQ(text->mimetype, "text/plain");
  EXPECT_EQ(text->format, Format::text);
  EXPECT_EQ(std::get<std::string>(text->content), "héllo\n");
  EXPECT_FALSE(text->hash.has_value());
  auto binary = contents->get("a/x.bin", {});
  EXPECT_EQ(binary->format, Format::base64);
  EXPECT_EQ(binary->mimetype, "application/octet-stream");
  EXPECT_EQ(std::get<std::string>(binary->content).find('\n'), 76u);
  GetRequest as_base64{std::nullopt, Format::base64, true, true};
  auto encoded = contents->get("a/x.txt", as_base64);
  EXPECT_EQ(std::get<std::string>(encoded->content), "aMOpbGxvCg==\n");
  EXPECT_EQ(encoded->hash, base::to_hex(crypto::sha256(base::as_bytes("héllo\n"))));
  GetRequest as_text{std::nullopt, Format::text, true, false};
  auto refused = contents->get("a/x.bin", as_text);
  EXPECT_EQ(status(refused), 400);
  EXPECT_EQ(http_reason(refused.error()), "bad format");
}

TEST_F(ContentsGet, TheTypeAskedForMustFit) {
  write(root / "a/x.txt", "x");
  auto file_as_folder = contents->get("a/x.txt", {Type::directory, {}, true, false});
  EXPECT_EQ(status(file_as_folder), 400);
  EXPECT_EQ(http_reason(file_as_folder.error()), "bad type");
  EXPECT_EQ(status(contents->get("a", {Type::file, {}, true, false})), 400);
  EXPECT_EQ(status(contents->get("a", {Type::notebook, {}, true, false})), 400);
  EXPECT_EQ(status(contents->get("a/x.txt", {Type::notebook, {}, true, false})),
            400);  // unreadable
  EXPECT_EQ(status(contents->get("a/none", {})), 404);
  EXPECT_EQ(status(contents->get("a/x.txt/y", {})), 404);
}

TEST_F(ContentsGet, ANotebookIsReadAndHashed) {
  write(root / "n.ipynb", small_notebook);
  auto model = contents->get("n.ipynb", {std::nullopt, std::nullopt, true, true});
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->type, Type::notebook);
  EXPECT_EQ(model->format, Format::json);
  EXPECT_FALSE(model->mimetype.has_value());
  EXPECT_THAT(to_json(*model), HasSubstr(R"("source":"1\n2")"));
  EXPECT_EQ(model->hash, base::to_hex(crypto::sha256(base::as_bytes(small_notebook))));
  auto raw = contents->get("n.ipynb", {Type::file, std::nullopt, true, false});
  EXPECT_EQ(std::get<std::string>(raw->content), small_notebook);
  write(root / "bad.ipynb", "{");
  auto bad = contents->get("bad.ipynb", {});
  EXPECT_EQ(status(bad), 400);
  EXPECT_TRUE(bad.error().is(errors::bad_notebook));
  EXPECT_EQ(status(contents->get("bad.ipynb", {{}, {}, false, true})), 200);
}

TEST_F(ContentsGet, WhatIsHiddenIsNotThere) {
  write(root / ".secret", "x");
  write(root / ".folder/x.txt", "x");
  for (const char* path : {".secret", ".folder", ".folder/x.txt", "a/.b"})
    EXPECT_TRUE(contents->get(path, {}).error().is(errors::not_found)) << path;
  EXPECT_EQ(status(contents->open_file(".secret")), 404);
  Options options;
  options.allow_hidden = true;
  reopen(std::move(options));
  EXPECT_EQ(text_of(".folder/x.txt"), "x");
  EXPECT_THAT(listed(""), ElementsAre(".folder", ".secret"));
}

TEST_F(ContentsGet, AListingSkipsWhatIsNoFile) {
  for (const char* name : {"b.txt", "a.txt", "x.pyc", "x.pyo", "__pycache__/x", ".DS_Store", "x~",
                           ".hidden", "d/e", "n.ipynb"})
    write(root / name, "x");
  ASSERT_EQ(mkfifo((root / "pipe").c_str(), 0600), 0);
  write(root / "bad\xff.txt", "x");
  std::filesystem::create_symlink("a.txt", root / "link.txt");
  std::filesystem::create_symlink("none", root / "dangling");
  std::filesystem::create_symlink("loop", root / "loop");
  std::filesystem::create_symlink("../testtest/secret.txt", root / "outside");
  EXPECT_THAT(listed(""), ElementsAre("a.txt", "b.txt", "d", "link.txt", "n.ipynb"));
  auto model = contents->get("", {});
  EXPECT_EQ(model->type, Type::directory);
  EXPECT_FALSE(model->size.has_value());
  EXPECT_THAT(to_json(*model), StartsWith(R"({"name":"","path":"","type":"directory")"));
  EXPECT_EQ(status(contents->get("pipe", {})), 400);
  EXPECT_EQ(status(contents->open_file("pipe")), 400);
  EXPECT_EQ(std::get<std::monostate>(contents->get("d", {{}, {}, false, false})->content),
            std::monostate{});
}

TEST_F(ContentsGet, TenThousandFilesAreListedAtOnce) {
  std::filesystem::create_directories(root / "many");
  for (int i = 0; i < 10'000; ++i) close(creat((root / "many" / std::to_string(i)).c_str(), 0600));
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(listed("many").size(), 10'000u);
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  std::cout << "10000 entries listed in " << took.count() << " ms (with sanitizers)\n";
}

TEST_F(ContentsGet, AHashFollowsTheFile) {
  GetRequest hash_only{std::nullopt, std::nullopt, false, true};
  write(root / "x", "1");
  auto first = contents->get("x", hash_only)->hash;
  write(root / "x", "2");  // the same size, perhaps the same tick
  auto second = contents->get("x", hash_only)->hash;
  EXPECT_NE(first, second);
  // An old file's hash is kept, and its change is seen.
  timespec times[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, (root / "x").c_str(), times, 0), 0);
  EXPECT_EQ(contents->get("x", hash_only)->hash, second);
  EXPECT_EQ(contents->get("x", hash_only)->hash, second);
  write(root / "x", "3");
  ASSERT_EQ(utimensat(AT_FDCWD, (root / "x").c_str(), times, 0), 0);
  EXPECT_NE(contents->get("x", hash_only)->hash, second);
}

using ContentsLinks = ContentsTest;

TEST_F(ContentsLinks, NoPathLeavesTheRoot) {
  const std::initializer_list<std::string_view> ways{"../testtest/secret.txt",
                                                     "..",
                                                     "a/../../testtest/secret.txt",
                                                     "/../testtest/secret.txt",
                                                     "./x",
                                                     "test/../x",
                                                     "..//testtest",
                                                     "....//x/..",
                                                     std::string_view("a\0b", 3),
                                                     std::string_view("\xff")};
  for (std::string_view path : ways) {
    EXPECT_EQ(status(contents->get(path, {})), 404) << path;
    EXPECT_EQ(status(contents->save(path, text("x"))), 404) << path;
    EXPECT_EQ(status(contents->rename(path, "y")), 404) << path;
    EXPECT_EQ(status(contents->remove(path)), 404) << path;
  }
  EXPECT_EQ(status(contents->get("..\\testtest\\secret.txt", {})), 404);
  EXPECT_EQ(status(contents->get(std::string(256, 'x'), {})), 400);
  EXPECT_EQ(read(home / "testtest/secret.txt"), "secret");
}

TEST_F(ContentsLinks, NoLinkLeavesTheRoot) {
  std::filesystem::create_symlink("../testtest", root / "up");
  std::filesystem::create_symlink(home / "testtest", root / "absolute");
  std::filesystem::create_symlink("../testtest/secret.txt", root / "file");
  std::filesystem::create_symlink("../testtest/new.txt", root / "new");
  std::filesystem::create_symlink("/proc/self/root", root / "magic");
  for (const char* path : {"up/secret.txt", "absolute/secret.txt", "file", "magic/etc/passwd"}) {
    EXPECT_TRUE(contents->get(path, {}).error().is(errors::outside)) << path;
    EXPECT_EQ(status(contents->open_file(path)), 404) << path;
    EXPECT_FALSE(contents->save(path, text("x")).has_value()) << path;
    EXPECT_FALSE(contents->save(path, chunk(1, "x")).has_value()) << path;
    EXPECT_FALSE(contents->copy(path, "").has_value()) << path;
    EXPECT_FALSE(contents->create_checkpoint(path).has_value()) << path;
  }
  EXPECT_FALSE(contents->save("new", text("x")).has_value());
  EXPECT_FALSE(contents->save("up/new.txt", text("x")).has_value());
  EXPECT_FALSE(contents->create_untitled("up", Type::file, "").has_value());
  EXPECT_EQ(read(home / "testtest/secret.txt"), "secret");
  EXPECT_FALSE(io::exists(home / "testtest/new.txt"));
  // Links themselves can be renamed and deleted; what they name stays.
  write(root / "a.txt", "a");
  EXPECT_FALSE(contents->rename("file", "moved").has_value());  // moved, but cannot be shown
  EXPECT_TRUE(contents->remove("up").has_value());
  EXPECT_EQ(read(home / "testtest/secret.txt"), "secret");
}

TEST_F(ContentsLinks, ASaveGoesToTheFileThatALinkNames) {
  write(root / "data/real.txt", "old");
  std::filesystem::create_symlink("data/real.txt", root / "link.txt");
  std::filesystem::create_symlink("data", root / "folder");
  EXPECT_EQ(code_of_save("link.txt", text("new")), "saved");
  EXPECT_EQ(at("data/real.txt"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(root / "link.txt"));
  EXPECT_EQ(contents->get("link.txt", {})->size, 3u);
  EXPECT_EQ(code_of_save("folder/real.txt", text("newer")), "saved");
  EXPECT_EQ(at("data/real.txt"), "newer");
  EXPECT_TRUE(contents->remove("link.txt").has_value());
  EXPECT_EQ(at("data/real.txt"), "newer");
}

}  // namespace
}  // namespace cloister::contents
