// SPDX-License-Identifier: Apache-2.0
// Saving, whole and in parts, of the table of Jupyter's contents service.
#include "cloister/crypto/hash.hpp"

#include "contents_fixture.hpp"

#include <sys/wait.h>

#include <array>

namespace cloister::contents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using ContentsSave = ContentsTest;

TEST_F(ContentsSave, CreatesAndReplaces) {
  auto created = contents->save("a.txt", text("1"));
  ASSERT_TRUE(created.has_value()) << created.error().message;
  EXPECT_TRUE(created->created);
  EXPECT_FALSE(created->model.format.has_value());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(created->model.content));
  chmod((root / "a.txt").c_str(), 0640);
  auto replaced = contents->save("a.txt", text("22"));
  EXPECT_FALSE(replaced->created);
  EXPECT_EQ(replaced->model.size, 2u);
  EXPECT_EQ(at("a.txt"), "22");
  struct stat info{};
  stat((root / "a.txt").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777u, 0640u);
  SaveRequest binary = text("/\nw=\n=");
  binary.format = Format::base64;
  EXPECT_EQ(code_of_save("b.bin", std::move(binary)), "saved");
  EXPECT_EQ(at("b.bin"), "\xff");
  SaveRequest folder;
  folder.type = Type::directory;
  EXPECT_TRUE(contents->save("d", folder)->created);
  auto there = contents->save("d", folder);
  ASSERT_TRUE(there.has_value()) << there.error().message;
  EXPECT_FALSE(there->created);
  EXPECT_EQ(std::filesystem::directory_iterator(root / "d"), std::filesystem::directory_iterator());
}

TEST_F(ContentsSave, RefusesWhatMakesNoSense) {
  write(root / "a.txt", "old");
  std::filesystem::create_directories(root / "d");
  SaveRequest none;
  EXPECT_EQ(code_of_save("a.txt", none), "contents.bad-request");  // no type
  none.type = Type::file;
  EXPECT_EQ(code_of_save("a.txt", none), "contents.bad-request");  // no content
  SaveRequest request = text("x");
  request.format = std::nullopt;
  EXPECT_EQ(code_of_save("a.txt", request), "contents.bad-format");
  request.format = Format::json;
  EXPECT_EQ(code_of_save("a.txt", request), "contents.bad-format");
  request.format = Format::base64;
  request.content = wire::NotebookNode("?");
  EXPECT_EQ(code_of_save("a.txt", request), "contents.bad-format");
  request.content = wire::NotebookNode(3);
  EXPECT_EQ(code_of_save("a.txt", request), "contents.bad-request");
  request = text("");
  request.content = parsed(R"("\ud800")");
  EXPECT_EQ(code_of_save("a.txt", request), "contents.bad-format");
  EXPECT_EQ(code_of_save("d", text("x")), "contents.bad-type");
  SaveRequest folder;
  folder.type = Type::directory;
  EXPECT_EQ(code_of_save("a.txt", folder), "contents.bad-type");
  EXPECT_EQ(code_of_save("none/a.txt", text("x")), "contents.not-found");
  EXPECT_EQ(code_of_save("a.txt/b", text("x")), "contents.not-found");
  EXPECT_EQ(code_of_save(".hidden", text("x")), "contents.hidden");
  EXPECT_EQ(code_of_save("", text("x")), "contents.bad-request");
  EXPECT_EQ(code_of_save("n.ipynb", notebook("{}")), "contents.bad-notebook");
  EXPECT_EQ(code_of_save("n.ipynb", notebook("\"text\"")), "contents.bad-notebook");
  EXPECT_EQ(at("a.txt"), "old");
  EXPECT_THAT(listed(""), ElementsAre("a.txt", "d"));
}

TEST_F(ContentsSave, TheBodyOfARequest) {
  auto request = parse_save_request(
      R"({"type":"file","format":"base64","content":"eA==","chunk":-1,"path":"ignored"})");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->type, Type::file);
  EXPECT_EQ(request->format, Format::base64);
  EXPECT_EQ(request->chunk, -1);
  EXPECT_EQ(*request->content->text(), "eA==");
  EXPECT_TRUE(parse_save_request(R"({"type":null,"content":null})").has_value());
  for (std::string_view body : {"", "3", "[]", "{", R"({"copy_from":"a"})", R"({"type":3})",
                                R"({"type":"x"})", R"({"format":"x"})", R"({"chunk":0})",
                                R"({"chunk":-2})", R"({"chunk":"1"})", R"({"chunk":1.5})"})
    EXPECT_EQ(status(parse_save_request(body)), 400) << body;
}

TEST_F(ContentsSave, ANotebookIsWrittenAsByPythonWithAMessage) {
  auto saved = contents->save("n.ipynb", notebook(small_notebook));
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  EXPECT_EQ(saved->model.message, "");
  EXPECT_THAT(at("n.ipynb"), StartsWith("{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n"));
  EXPECT_THAT(at("n.ipynb"), HasSubstr("   \"source\": [\n    \"1\\n\",\n    \"2\"\n   ]\n"));
  auto broken = contents->save(
      "n.ipynb",
      notebook(R"({"cells":[{"cell_type":"x","metadata":{}}],"metadata":{},"nbformat":4,)"
               R"("nbformat_minor":5})"));
  ASSERT_TRUE(broken.has_value());
  EXPECT_THAT(broken->model.message, StartsWith("Notebook validation failed: {'cell_type'"));
  EXPECT_THAT(at("n.ipynb"), HasSubstr("\"cell_type\": \"x\""));
  SaveRequest empty;
  EXPECT_EQ(code_of_save("new.ipynb", empty), "saved");
  EXPECT_EQ(status(contents->get("new.ipynb", {})), 200);
}

TEST_F(ContentsSave, AConflictIsNotOverwritten) {
  write(root / "a.txt", "theirs");
  SaveRequest request = text("mine");
  request.if_hash = base::to_hex(crypto::sha256(base::as_bytes("old")));
  auto refused = contents->save("a.txt", request);
  EXPECT_EQ(status(refused), 409);
  EXPECT_TRUE(refused.error().is(errors::conflict));
  request.if_hash = "";
  EXPECT_EQ(status(contents->save("a.txt", request)), 409);
  EXPECT_EQ(at("a.txt"), "theirs");
  request.if_hash = base::to_hex(crypto::sha256(base::as_bytes("theirs")));
  auto saved = contents->save("a.txt", request);
  ASSERT_TRUE(saved.has_value());
  EXPECT_EQ(saved->model.hash, base::to_hex(crypto::sha256(base::as_bytes("mine"))));
  request.if_hash = "";
  EXPECT_EQ(status(contents->save("b.txt", request)), 200);
}

TEST_F(ContentsSave, WhatIsReadOnlyIsSaidSo) {
  write(root / "d/a.txt", "x");
  write(root / "file.txt", "x");
  chmod((root / "d").c_str(), 0555);
  chmod((root / "file.txt").c_str(), 0444);
  for (const io::Path& folder : {home, root}) chmod(folder.c_str(), folder == root ? 0777 : 0755);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Root may write everywhere, so somebody else tries.
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(50);
    std::array<int, 7> statuses{
        status(contents->save("d/a.txt", text("y"))),
        status(contents->save("d/b.txt", text("y"))),
        status(contents->remove("d/a.txt")),
        status(contents->rename("d/a.txt", "a.txt")),
        status(contents->copy("file.txt", "d")),
        status(contents->save("file.txt", text("y"))),
        status(contents->create_checkpoint("d/a.txt")),
    };
    int refused = 0;
    for (int found : statuses) refused += found == 403 ? 1 : 0;
    _exit(contents->get("d/a.txt", {})->writable ? 51 : refused);
  }
  int outcome = 0;
  ASSERT_EQ(waitpid(child, &outcome, 0), child);
  ASSERT_TRUE(WIFEXITED(outcome));
  EXPECT_EQ(WEXITSTATUS(outcome), 7);
  chmod((root / "d").c_str(), 0755);
}

using ContentsUpload = ContentsTest;

TEST_F(ContentsUpload, AppearsWhenItIsWhole) {
  write(root / "a.txt", "old");
  auto first = contents->save("a.txt", chunk(1, "ab"));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->model.size, 2u);
  ASSERT_TRUE(contents->save("a.txt", chunk(2, "cd")).has_value());
  EXPECT_EQ(at("a.txt"), "old");
  EXPECT_THAT(listed(""), ElementsAre("a.txt"));
  auto last = contents->save("a.txt", chunk(-1, "e"));
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->model.size, 5u);
  EXPECT_FALSE(last->created);
  EXPECT_EQ(at("a.txt"), "abcde");
}

TEST_F(ContentsUpload, PartsMustFollowEachOther) {
  EXPECT_EQ(code_of_save("a", chunk(-1, "x")), "contents.conflict");
  EXPECT_EQ(code_of_save("a", chunk(2, "x")), "contents.conflict");
  EXPECT_EQ(code_of_save("a", chunk(1, "x")), "saved");
  EXPECT_EQ(code_of_save("a", chunk(3, "x")), "contents.conflict");
  EXPECT_EQ(code_of_save("a", chunk(1, "again")), "saved");  // begins anew
  EXPECT_EQ(code_of_save("a", chunk(-1, "!")), "saved");
  EXPECT_EQ(at("a"), "again!");
  SaveRequest no_type = chunk(1, "x");
  no_type.type = std::nullopt;
  EXPECT_EQ(code_of_save("b", no_type), "contents.bad-request");
  no_type.type = Type::notebook;
  EXPECT_EQ(code_of_save("b", no_type), "contents.bad-request");
  EXPECT_EQ(code_of_save("none/b", chunk(1, "x")), "contents.not-found");
}

TEST_F(ContentsUpload, TheOldestOfTooManyIsDropped) {
  for (int i = 0; i < 65; ++i) EXPECT_EQ(code_of_save(std::to_string(i), chunk(1, "x")), "saved");
  EXPECT_EQ(code_of_save("0", chunk(-1, "x")), "contents.conflict");
  EXPECT_EQ(code_of_save("64", chunk(-1, "x")), "saved");
}

}  // namespace
}  // namespace cloister::contents
