// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/contents/contents.hpp"
#include "cloister/contents/errors.hpp"
#include "cloister/wire/notebook.hpp"
#include "cloister/wire/notebook_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace cloister::contents {

inline wire::NotebookNode parsed(std::string_view text) {
  return wire::parse_notebook_json(text).value();
}

// A folder on the real file system with a workspace "test" and a neighbour "testtest" in it.
struct ContentsTest : testing::Test {
  io::Path home;
  io::Path root;
  io::SystemDisk disk;
  base::SystemClock clock;
  base::SeededRandom random{7};
  std::unique_ptr<Notary> notary;
  std::unique_ptr<Contents> contents;

  void SetUp() override {
    std::string pattern = testing::TempDir() + "/cloister-contents-XXXXXX";
    home = mkdtemp(pattern.data());
    root = home / "test";
    std::filesystem::create_directories(root);
    std::filesystem::create_directories(home / "testtest");
    write(home / "testtest/secret.txt", "secret");
    reopen({});
  }
  void TearDown() override { std::filesystem::remove_all(home); }

  void reopen(Options options) { reopen(disk, std::move(options)); }
  void reopen(io::Disk& used, Options options) {
    options.root = root;
    notary = Notary::open(used, home / "trusted", base::SecretBytes::copy_of("key")).value();
    contents = Contents::open(used, clock, random, *notary, std::move(options)).value();
  }

  static void write(const io::Path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::string read(const io::Path& path) {
    std::ifstream file(path, std::ios::binary);
    return file ? std::string(std::istreambuf_iterator<char>(file), {}) : "nothing there";
  }
  std::string at(std::string_view path) { return read(root / path); }

  static SaveRequest text(std::string_view content) {
    SaveRequest request;
    request.type = Type::file;
    request.format = Format::text;
    request.content = wire::NotebookNode(content);
    return request;
  }
  static SaveRequest notebook(std::string_view json) {
    SaveRequest request;
    request.type = Type::notebook;
    request.content = parsed(json);
    return request;
  }
  static SaveRequest chunk(std::int64_t number, std::string_view content) {
    SaveRequest request = text(content);
    request.chunk = number;
    return request;
  }
  std::string code_of_save(std::string_view path, SaveRequest request) {
    auto saved = contents->save(path, std::move(request));
    return saved ? "saved" : saved.error().code;
  }
  template <typename Value>
  static int status(const base::Result<Value>& result) {
    return result ? 200 : http_status(result.error());
  }
  std::string text_of(std::string_view path) {
    auto model = contents->get(path, {});
    return model ? std::get<std::string>(model->content) : model.error().code;
  }
  std::vector<std::string> listed(std::string_view path) {
    std::vector<std::string> names;
    auto model = contents->get(path, {});
    if (!model) return {model.error().code};
    for (const Model& entry : std::get<std::vector<Model>>(model->content))
      names.push_back(entry.name);
    return names;
  }
};

inline constexpr std::string_view small_notebook =
    R"({"cells":[{"cell_type":"code","execution_count":1,"id":"a","metadata":{},"outputs":[],)"
    R"("source":"1\n2"}],"metadata":{},"nbformat":4,"nbformat_minor":5})";
inline constexpr std::string_view rich_notebook =
    R"({"cells":[{"cell_type":"code","execution_count":1,"id":"a","metadata":{},"outputs":[)"
    R"({"output_type":"display_data","metadata":{},"data":{"text/html":"<b>"}}],"source":"1"}],)"
    R"("metadata":{},"nbformat":4,"nbformat_minor":5})";

}  // namespace cloister::contents
