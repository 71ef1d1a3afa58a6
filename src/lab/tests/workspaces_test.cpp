// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/workspaces.hpp"

#include "cloister/lab/errors.hpp"

#include "made_folders.hpp"

namespace cloister::lab {
namespace {

class Workspaces : public MadeFolders {};

TEST_F(Workspaces, AnUnknownOneIsEmpty) {
  EXPECT_EQ(json::serialize(get_workspace(folders_, "foo")),
            R"({"data":{},"metadata":{"id":"/foo"}})");
  EXPECT_EQ(json::serialize(list_workspaces(folders_)), R"({"workspaces":{"ids":[],"values":[]}})");
}

TEST_F(Workspaces, ArePutReadListedAndRemoved) {
  ASSERT_TRUE(put_workspace(folders_, disk_, "default",
                            R"({"data": {"a": 1}, "metadata": {"id": "default"}})"));
  ASSERT_TRUE(put_workspace(folders_, disk_, "b c", R"({"data": {}, "metadata": {"id": "/b c"}})"));
  json::object one = get_workspace(folders_, "default");
  EXPECT_EQ(json::serialize(one["data"]), R"({"a":1})");
  EXPECT_TRUE(one["metadata"].at("last_modified").is_string());
  EXPECT_TRUE(one["metadata"].at("created").is_string());
  EXPECT_EQ(json::serialize(list_workspaces(folders_).at("workspaces").at("ids")),
            R"(["/b c","default"])");
  EXPECT_TRUE(remove_workspace(folders_, disk_, "default"));
  EXPECT_TRUE(remove_workspace(folders_, disk_, "default").error().is(errors::not_found));
}

TEST_F(Workspaces, RefuseWhatIsNone) {
  for (const char* wrong : {"{", "[]", "{}", R"({"data": {}})", R"({"data": {}, "metadata": 1})",
                            R"({"data": {}, "metadata": {"id": "other"}})"})
    EXPECT_TRUE(put_workspace(folders_, disk_, "foo", wrong).error().is(errors::bad_request))
        << wrong;
  write("workspaces/broken-0000.jupyterlab-workspace", "{");
  EXPECT_EQ(list_workspaces(folders_).at("workspaces").at("ids").as_array().size(), 0u);
}

TEST_F(Workspaces, NamesBecomePlainFileNames) {
  // As jupyterlab_server.workspaces_handler.slugify makes them.
  EXPECT_EQ(workspace_slug("default"), "default-37a8");
  EXPECT_EQ(workspace_slug("/default"), "default-37a8");
  EXPECT_EQ(workspace_slug("").size(), 5u);
  std::string hostile = workspace_slug("../../etc/passwd\n x");
  EXPECT_TRUE(hostile.starts_with("etcpasswd-x-")) << hostile;
  EXPECT_LE(workspace_slug(std::string(5000, 'a')).size(), 107u);
}

}  // namespace
}  // namespace cloister::lab
