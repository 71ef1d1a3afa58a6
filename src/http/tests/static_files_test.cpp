// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/static_files.hpp"

#include "cloister/io/errors.hpp"

#include "test_server.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace cloister::http {
namespace {

namespace fs = std::filesystem;

struct StaticFolder {
  StaticFolder() {
    char name[] = "/tmp/cloister-http-XXXXXX";
    root = mkdtemp(name);
    folder = root / "static";
    fs::create_directories(folder / "deep");
    write(root / "outside.txt", "outside");
    write(root / "static-other.txt", "sibling");
    write(folder / "a.js", "let a = 1;");
    write(folder / "main.8811dd2733d03721.js", "let hashed = 1;");
    write(folder / "deep" / "b c.css", "p{}");
    write(folder / "packed.js", "plain");
    write(folder / "packed.js.gz", "packed");
    write(folder / "empty.txt", "");
    fs::create_symlink("../outside.txt", folder / "link.txt");
    fs::create_symlink("a.js", folder / "inside-link.js");
    fs::create_symlink("..", folder / "up");
    mkfifo((folder / "fifo").c_str(), 0600);
    std::string big;
    while (big.size() < 3'000'000) big += std::to_string(big.size()) + ",";
    write(folder / "big.csv", big);
    big_text = big;
  }
  ~StaticFolder() { fs::remove_all(root); }
  static void write(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }
  fs::path root;
  fs::path folder;
  std::string big_text;
};

TEST(StaticFiles, NothingOutsideTheFolder) {
  StaticFolder files;
  io::Descriptor folder(::open(files.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const char* good : {"a.js", "deep/b c.css", "./a.js", "deep/../a.js"})
    EXPECT_TRUE(open_below(folder, good).has_value()) << good;
  const std::string absolute = (files.folder / "a.js").string();
  for (const std::string& bad :
       {std::string(""), std::string("../outside.txt"), std::string("../static-other.txt"),
        std::string("../static/a.js"), std::string("link.txt"), std::string("inside-link.js"),
        std::string("up/outside.txt"), std::string("deep"), std::string("fifo"), absolute,
        std::string("a.js/"), std::string("nothing"), std::string("a.js\0b", 6),
        std::string("/proc/self/environ")})
    EXPECT_FALSE(open_below(folder, bad).has_value()) << bad;
}

struct StaticServer : ServerTest {
  StaticFolder files;
  std::optional<StaticFiles> folder;

  void SetUp() override {
    StaticOptions chosen{.policy = ContentPolicy::data, .precompressed = true};
    folder = StaticFiles::open(loop, files.folder.string(), chosen).value();
    add(Method::get, "/static/{path...}", Access::anyone, [this](Request request) {
      std::string path(request.capture("path"));
      return answer(std::move(request), std::move(path));
    });
    start();
  }
  io::Task<Response> answer(Request request, std::string path) {
    co_return co_await folder->answer(request, std::move(path));
  }
  RawResponse get(std::string path, std::string fields = {}) {
    return ask(request_text("GET /static/" + path, fields));
  }
};

TEST_F(StaticServer, FilesWithTheirTypesAndTheirTime) {
  RawResponse file = get("a.js");
  EXPECT_EQ(file.status, 200u);
  EXPECT_EQ(file.body, "let a = 1;");
  EXPECT_EQ(file.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(file.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(file.headers.get("Accept-Ranges"), "bytes");
  EXPECT_EQ(get("main.8811dd2733d03721.js").headers.get("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(get("a.js?v=1").headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(get("deep/b%20c.css").body, "p{}");
  EXPECT_EQ(get("empty.txt").headers.get("Content-Length"), "0");
  for (const char* missing : {"nothing", "link.txt", "up/outside.txt", "deep", "fifo", ""})
    EXPECT_EQ(get(missing).status, 404u) << missing;
  EXPECT_EQ(get("%2e%2e/outside.txt").status, 400u);
  EXPECT_EQ(get("..%2foutside.txt").status, 400u);
}

TEST_F(StaticServer, WhatIsKnownIsNotSentAgain) {
  RawResponse file = get("a.js");
  std::string etag(file.headers.get("ETag"));
  std::string modified(file.headers.get("Last-Modified"));
  RawResponse same = get("a.js", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(same.status, 304u);
  EXPECT_TRUE(same.body.empty());
  EXPECT_EQ(same.headers.get("ETag"), etag);
  EXPECT_EQ(get("a.js", "If-Modified-Since: " + modified + "\r\n").status, 304u);
  StaticFolder::write(files.folder / "a.js", "let a = 22;");
  EXPECT_EQ(get("a.js", "If-None-Match: " + etag + "\r\n").body, "let a = 22;");
}

TEST_F(StaticServer, RangesOfALargeFile) {
  EXPECT_EQ(get("big.csv").body, files.big_text);
  RawResponse part = get("big.csv", "Range: bytes=1000000-2500000\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(part.body, files.big_text.substr(1'000'000, 1'500'001));
  EXPECT_EQ(part.headers.get("Content-Range"),
            "bytes 1000000-2500000/" + std::to_string(files.big_text.size()));
  EXPECT_FALSE(part.headers.has("Content-Encoding"));
  EXPECT_EQ(get("big.csv", "Range: bytes=-10\r\n").body,
            files.big_text.substr(files.big_text.size() - 10));
  RawResponse none = get("big.csv", "Range: bytes=99999999-\r\n");
  EXPECT_EQ(none.status, 416u);
  EXPECT_EQ(none.headers.get("Content-Range"), "bytes */" + std::to_string(files.big_text.size()));
  EXPECT_EQ(get("big.csv", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n").status, 200u);
  RawResponse head = ask(request_text("HEAD /static/big.csv"), true);
  EXPECT_EQ(head.headers.get("Content-Length"), std::to_string(files.big_text.size()));
}

TEST_F(StaticServer, PackedSiblings) {
  RawResponse packed = get("packed.js", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.body, "packed");
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(get("packed.js").body, "plain");
}

}  // namespace
}  // namespace cloister::http
