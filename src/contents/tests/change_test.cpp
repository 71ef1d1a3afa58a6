// SPDX-License-Identifier: Apache-2.0
// Creating, copying, renaming, deleting, checkpoints and trust.
#include "contents_fixture.hpp"

#include <fcntl.h>

namespace cloister::contents {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

using ContentsCreate = ContentsTest;

TEST_F(ContentsCreate, NamesAreThoseOfJupyter) {
  auto name = [&](std::optional<Type> type, std::string_view extension) {
    auto model = contents->create_untitled("", type, extension);
    return model ? model->path : model.error().code;
  };
  EXPECT_EQ(name(std::nullopt, ""), "untitled");
  EXPECT_EQ(name(Type::file, ".txt"), "untitled.txt");
  EXPECT_EQ(name(Type::file, ".txt"), "untitled1.txt");
  EXPECT_EQ(name(Type::notebook, ""), "Untitled.ipynb");
  EXPECT_EQ(name(std::nullopt, ".ipynb"), "Untitled1.ipynb");
  EXPECT_EQ(name(Type::directory, ""), "Untitled Folder");
  EXPECT_EQ(name(Type::directory, ""), "Untitled Folder 1");
  EXPECT_EQ(name(Type::file, "/../x"), "contents.bad-name");
  EXPECT_EQ(status(contents->create_untitled("none", Type::file, "")), 404);
  EXPECT_EQ(status(contents->create_untitled("untitled.txt", Type::file, "")), 400);
  EXPECT_EQ(status(contents->create_untitled(".x", Type::file, "")), 400);
}

TEST_F(ContentsCreate, CopiesGetANumber) {
  write(root / "a.tar.gz", "1");
  write(root / "n.b.ipynb", small_notebook);
  write(root / "d/e/f.txt", "2");
  std::filesystem::create_symlink("/etc/passwd", root / "d/link");
  auto copied = [&](std::string_view from, std::string_view to) {
    auto model = contents->copy(from, to);
    return model ? model->path : model.error().code;
  };
  EXPECT_EQ(copied("a.tar.gz", ""), "a-Copy1.tar.gz");
  EXPECT_EQ(copied("a-Copy1.tar.gz", ""), "a-Copy2.tar.gz");
  EXPECT_EQ(copied("n.b.ipynb", ""), "n.b-Copy1.ipynb");
  EXPECT_EQ(at("n.b-Copy1.ipynb"), small_notebook);
  EXPECT_EQ(copied("a.tar.gz", "d"), "d/a.tar.gz");
  EXPECT_EQ(copied("a.tar.gz", "d/named"), "d/named");
  EXPECT_EQ(copied("a.tar.gz", "d/named"), "contents.exists");
  EXPECT_EQ(copied("d", ""), "d-Copy1");
  EXPECT_EQ(at("d-Copy1/e/f.txt"), "2");
  EXPECT_FALSE(io::exists(root / "d-Copy1/link"));
  EXPECT_EQ(copied("d", "d"), "contents.bad-request");
  EXPECT_EQ(copied("none", ""), "contents.not-found");
  EXPECT_EQ(copied("a.tar.gz", "none/x"), "contents.not-found");
  EXPECT_EQ(copied("a.tar.gz", ".x"), "contents.hidden");
}

TEST_F(ContentsCreate, AFolderOverTheLimitIsNotCopied) {
  std::filesystem::create_directories(root / "big");
  int file = creat((root / "big/x").c_str(), 0600);
  ASSERT_EQ(ftruncate(file, 501ll << 20), 0);
  close(file);
  auto refused = contents->copy("big", "");
  EXPECT_EQ(status(refused), 400);
  EXPECT_TRUE(refused.error().is(errors::folder_too_large));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root), {}), 1);
  EXPECT_EQ(status(contents->get("big/x", {})), 413);
}

using ContentsRename = ContentsTest;

TEST_F(ContentsRename, MovesAndNeverReplaces) {
  write(root / "a.txt", "a");
  write(root / "b.txt", "b");
  std::filesystem::create_directories(root / "d");
  EXPECT_EQ(contents->rename("a.txt", "d/c.txt")->path, "d/c.txt");
  EXPECT_EQ(at("d/c.txt"), "a");
  EXPECT_EQ(status(contents->rename("b.txt", "d/c.txt")), 409);
  EXPECT_EQ(status(contents->rename("b.txt", "b.txt")), 200);
  EXPECT_EQ(status(contents->rename("none", "x")), 404);
  EXPECT_EQ(status(contents->rename("b.txt", "none/x")), 404);
  EXPECT_EQ(status(contents->rename("b.txt", ".x")), 400);
  EXPECT_EQ(status(contents->rename(".x", "b")), 400);
  EXPECT_EQ(status(contents->rename("b.txt", "")), 400);
  EXPECT_EQ(status(contents->rename("d", "d/e")), 400);
  EXPECT_EQ(status(contents->rename("d", "e")), 200);
  EXPECT_EQ(at("e/c.txt"), "a");
}

using ContentsDelete = ContentsTest;

TEST_F(ContentsDelete, GoesToTheTrashOfTheWorkspace) {
  write(root / "d/a b.txt", "a");
  EXPECT_TRUE(contents->remove("d/a b.txt").has_value());
  io::Path trash = root / (".Trash-" + std::to_string(geteuid()));
  auto file = std::filesystem::directory_iterator(trash / "files")->path();
  EXPECT_EQ(read(file), "a");
  EXPECT_THAT(read(trash / "info" / (file.filename().native() + ".trashinfo")),
              StartsWith("[Trash Info]\nPath=d/a%20b.txt\nDeletionDate=20"));
  write(root / "d/x", "x");
  EXPECT_TRUE(contents->remove("d").has_value());  // with all that is in it
  EXPECT_THAT(listed(""), IsEmpty());
  EXPECT_EQ(status(contents->remove("d")), 404);
  EXPECT_EQ(status(contents->remove("")), 400);
  EXPECT_EQ(status(contents->remove(".x")), 400);
  EXPECT_TRUE(contents->empty_trash().has_value());
  EXPECT_FALSE(io::exists(trash));
  EXPECT_TRUE(contents->empty_trash().has_value());
}

TEST_F(ContentsDelete, ForEverOnlyWhatIsEmpty) {
  Options options;
  options.delete_to_trash = false;
  reopen(std::move(options));
  write(root / "d/x", "x");
  EXPECT_EQ(status(contents->remove("d")), 400);
  EXPECT_TRUE(contents->remove("d/x").has_value());
  write(root / "d/.ipynb_checkpoints/x-checkpoint", "x");
  EXPECT_TRUE(contents->remove("d").has_value());
  EXPECT_FALSE(io::exists(root / "d"));
}

using ContentsCheckpoints = ContentsTest;

TEST_F(ContentsCheckpoints, AreMadeRestoredAndFollow) {
  write(root / "d/a.txt", "1");
  EXPECT_THAT(*contents->checkpoints("d/a.txt"), IsEmpty());
  auto made = contents->create_checkpoint("d/a.txt");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->id, "checkpoint");
  EXPECT_EQ(at("d/.ipynb_checkpoints/a-checkpoint.txt"), "1");
  EXPECT_THAT(to_json(*contents->checkpoints("d/a.txt")),
              StartsWith(R"([{"id":"checkpoint","last_modified":"20)"));
  EXPECT_EQ(code_of_save("d/a.txt", text("2")), "saved");
  EXPECT_TRUE(contents->restore_checkpoint("d/a.txt", "checkpoint").has_value());
  EXPECT_EQ(at("d/a.txt"), "1");
  std::filesystem::create_directories(root / "e");
  EXPECT_TRUE(contents->rename("d/a.txt", "e/b.txt").has_value());
  EXPECT_EQ(at("e/.ipynb_checkpoints/b-checkpoint.txt"), "1");
  EXPECT_EQ(contents->checkpoints("e/b.txt")->size(), 1u);
  EXPECT_TRUE(contents->remove_checkpoint("e/b.txt", "checkpoint").has_value());
  EXPECT_THAT(*contents->checkpoints("e/b.txt"), IsEmpty());
  EXPECT_EQ(status(contents->restore_checkpoint("e/b.txt", "checkpoint")), 404);
  EXPECT_EQ(status(contents->remove_checkpoint("e/b.txt", "checkpoint")), 404);
  EXPECT_EQ(status(contents->restore_checkpoint("e/b.txt", "../x")), 404);
  EXPECT_EQ(status(contents->checkpoints("none")), 404);
  EXPECT_EQ(status(contents->create_checkpoint("none")), 404);
  EXPECT_EQ(status(contents->create_checkpoint("e")), 400);
}

TEST_F(ContentsCheckpoints, OneIsMadeBeforeTheFirstSaveOfANotebook) {
  write(root / "n.ipynb", small_notebook);
  EXPECT_EQ(code_of_save("n.ipynb", notebook(rich_notebook)), "saved");
  EXPECT_EQ(at(".ipynb_checkpoints/n-checkpoint.ipynb"), small_notebook);
  EXPECT_EQ(code_of_save("m.ipynb", notebook(rich_notebook)), "saved");
  EXPECT_EQ(at(".ipynb_checkpoints/m-checkpoint.ipynb"), at("m.ipynb"));
  EXPECT_TRUE(contents->remove("m.ipynb").has_value());
  EXPECT_FALSE(io::exists(root / ".ipynb_checkpoints/m-checkpoint.ipynb"));
}

using ContentsTrust = ContentsTest;

TEST_F(ContentsTrust, IsOfTheExactBytes) {
  auto trusted = [&](std::string_view path) {
    return to_json(*contents->get(path, {})).contains(R"("trusted":true)");
  };
  EXPECT_EQ(code_of_save("n.ipynb", notebook(rich_notebook)), "saved");
  EXPECT_FALSE(trusted("n.ipynb"));
  EXPECT_TRUE(contents->trust("n.ipynb").has_value());
  EXPECT_TRUE(trusted("n.ipynb"));
  std::string bytes = at("n.ipynb");
  write(root / "n.ipynb", bytes + " ");
  EXPECT_FALSE(trusted("n.ipynb"));
  write(root / "n.ipynb", bytes);
  // Saved with its marks, it stays trusted; the marks are not in the file.
  auto model = contents->get("n.ipynb", {});
  SaveRequest request;
  request.type = Type::notebook;
  request.content = std::get<wire::NotebookNode>(model->content);
  (*request.content->find("cells")->array())[0].object()->insert_or_assign("source", "2");
  EXPECT_EQ(code_of_save("n.ipynb", request), "saved");
  EXPECT_TRUE(trusted("n.ipynb"));
  EXPECT_FALSE(at("n.ipynb").contains("trusted"));
  // Nothing to distrust: no rich output.
  EXPECT_EQ(code_of_save("s.ipynb", notebook(small_notebook)), "saved");
  EXPECT_TRUE(trusted("s.ipynb"));
  reopen({});
  EXPECT_TRUE(trusted("n.ipynb"));
  EXPECT_EQ(status(contents->trust("none.ipynb")), 404);
  write(root / "x.ipynb", "{");
  EXPECT_EQ(status(contents->trust("x.ipynb")), 400);
}

}  // namespace
}  // namespace cloister::contents
