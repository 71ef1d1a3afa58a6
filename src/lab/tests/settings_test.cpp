// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/settings.hpp"

#include "cloister/lab/errors.hpp"

#include "made_folders.hpp"

namespace cloister::lab {
namespace {

constexpr const char* id = "@jupyterlab/apputils-extension:themes";

class Settings : public MadeFolders {
 protected:
  void SetUp() override {
    MadeFolders::SetUp();
    write("app/schemas/@jupyterlab/apputils-extension/themes.json",
          R"({"title": "Theme", "type": "object", "additionalProperties": false, "properties": {
              "theme": {"type": "string", "default": "JupyterLab Light"},
              "overrides": {"type": "object", "default": {"size": "1", "font": "a"}}}})");
    write("app/schemas/@jupyterlab/apputils-extension/package.json.orig",
          R"({"version": "4.6.6"})");
  }
  json::object get() {
    auto found = get_settings(folders_, id);
    return found ? *found : json::object{{"error", found.error().message}};
  }
};

TEST_F(Settings, AnUntouchedPluginHasDefaults) {
  json::object about = get();
  EXPECT_EQ(about["id"], id);
  EXPECT_EQ(about["version"], "4.6.6");
  EXPECT_EQ(about["raw"], "{}");
  EXPECT_EQ(json::serialize(about["settings"]), "{}");
  EXPECT_TRUE(about["last_modified"].is_null());
  EXPECT_TRUE(about["created"].is_null());
  EXPECT_FALSE(about.contains("warning"));
}

TEST_F(Settings, WhatIsPutIsKeptAsItWasWritten) {
  std::string raw = "{\n  // dark is better\n  theme: 'JupyterLab Dark',\n}";
  ASSERT_TRUE(put_settings(folders_, disk_, id, raw));
  json::object about = get();
  EXPECT_EQ(about["raw"].as_string(), raw);
  EXPECT_EQ(json::serialize(about["settings"]), R"({"theme":"JupyterLab Dark"})");
  EXPECT_TRUE(about["last_modified"].is_string());
}

TEST_F(Settings, WhatDoesNotFitChangesNothing) {
  ASSERT_TRUE(put_settings(folders_, disk_, id, R"({"theme": "A"})"));
  for (const char* wrong : {R"({"theme": 1})", R"({"other": 1})", "{", "[]", ""}) {
    auto done = put_settings(folders_, disk_, id, wrong);
    ASSERT_FALSE(done) << wrong;
    EXPECT_TRUE(done.error().is(errors::bad_request)) << wrong;
  }
  EXPECT_EQ(get()["raw"], R"({"theme": "A"})");
}

TEST_F(Settings, ABrokenFileIsAWarning) {
  for (const char* broken : {"{", R"({"theme": 7})"}) {
    write("settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings", broken);
    json::object about = get();
    EXPECT_EQ(about["raw"], broken);
    EXPECT_EQ(json::serialize(about["settings"]), "{}");
    EXPECT_TRUE(about["warning"].is_string());
  }
}

TEST_F(Settings, AnInstallationOverridesDefaults) {
  write("app/settings/overrides.json", std::string(R"({")") + id + R"(": {"theme": "B"}})");
  write("config/labconfig/default_setting_overrides.json",
        std::string("{\"") + id + R"(": {"overrides": {"font": "b"}, "new": 5}})");
  std::string schema = json::serialize(get()["schema"].at("properties"));
  EXPECT_NE(schema.find(R"("default":"B")"), schema.npos) << schema;
  EXPECT_NE(schema.find(R"("default":{"size":"1","font":"b"})"), schema.npos) << schema;
  EXPECT_NE(schema.find(R"("new":{"default":5})"), schema.npos) << schema;
}

TEST_F(Settings, AnExtensionBringsItsOwn) {
  write("second/@org/ext/package.json", R"({"name": "@org/ext", "version": "2.0.0"})");
  write("second/@org/ext/schemas/@org/ext/plugin.json", R"({"type": "object"})");
  json::object all = list_settings(folders_, true);
  EXPECT_EQ(json::serialize(all["settings"]),
            std::string(R"([{"id":")") + id + R"("},{"id":"@org/ext:plugin"}])");
  EXPECT_EQ(list_settings(folders_, false)["settings"].as_array().size(), 2u);
  EXPECT_EQ(get_settings(folders_, "@org/ext:plugin")->at("version"), "2.0.0");
}

TEST_F(Settings, NamesStayInTheirFolder) {
  write("outside.json", "{}");
  for (const char* wrong : {"", "x", ":", "a:", ":b", "../..:outside", "@a/b:../../../outside",
                            "/etc:passwd", "@a/b:c/d", "@a//b:c", "@a/./b:c"}) {
    auto found = get_settings(folders_, wrong);
    ASSERT_FALSE(found) << wrong;
    EXPECT_TRUE(found.error().is(errors::not_found)) << wrong;
    EXPECT_FALSE(put_settings(folders_, disk_, wrong, "{}")) << wrong;
  }
}

// The schemas that the front end ships, each with its own defaults.
TEST(SettingsOfTheFrontEnd, AreReadAndAcceptTheirDefaults) {
  io::Path app = io::Path(CLOISTER_BINARY_DIR).parent_path() / "lab";
  if (!io::exists(app)) GTEST_SKIP() << "this build folder has no front end";
  LabFolders folders{.app = app,
                     .labextensions = {},
                     .configuration = {},
                     .user_settings = "/nonexistent",
                     .workspaces = "/nonexistent"};
  json::array all = list_settings(folders, false)["settings"].as_array();
  EXPECT_GT(all.size(), 50u);
  for (const json::value& one : all) EXPECT_NE(one.at("version"), "N/A") << one.at("id");
}

}  // namespace
}  // namespace cloister::lab
