// SPDX-License-Identifier: Apache-2.0
#include "cloister/lab/page.hpp"

#include "cloister/lab/errors.hpp"
#include "cloister/lab/themes.hpp"

#include "made_folders.hpp"

#include <algorithm>

namespace cloister::lab {
namespace {

std::string package(const std::string& name, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", "version": "1.0.0", "jupyterlab": {"_build": {"load":
      "static/remoteEntry.abc.js", "extension": "./extension", "style": "./style", "secret": 1})" +
         more + "}}";
}

bool has(const json::array& list, std::string_view name) {
  return std::ranges::any_of(list,
                             [&](const json::value& value) { return value.get_string() == name; });
}

class Extensions : public MadeFolders {};

TEST_F(Extensions, TheFirstOfEqualNamesWins) {
  write("first/@org/a/package.json", package("@org/a"));
  write("second/@org/a/package.json", package("@org/a", R"(, "disabledExtensions": ["x"])"));
  write("second/b/package.json", package("b"));
  auto found = find_extensions(folders_);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].folder, root_ / "first/@org/a");
  EXPECT_TRUE(found[0].disables.empty());
  EXPECT_EQ(json::serialize(federated(found)[1]),
            R"({"name":"b","load":"static/remoteEntry.abc.js","extension":"./extension",)"
            R"("style":"./style"})");
}

TEST_F(Extensions, WhatIsNoneIsLeftOut) {
  write("first/no-build/package.json", R"({"name": "no-build", "jupyterlab": {}})");
  write("first/other-name/package.json", package("stranger"));
  write("first/broken/package.json", "{");
  write("first/climbs/package.json",
        R"({"name": "climbs", "jupyterlab": {"_build": {"load": "../../x.js"}}})");
  write("first/.hidden/package.json", package(".hidden"));
  write("first/file", "");
  EXPECT_TRUE(find_extensions(folders_).empty());
}

TEST_F(Extensions, DisabledOnesComeFromEverywhere) {
  write("first/a/package.json", package("a", R"(, "disabledExtensions": ["one", "two:plugin"])"));
  write("config/labconfig/page_config.json",
        R"({"disabledExtensions": {"one": false, "three": true}})");
  json::array names = disabled_extensions(folders_, find_extensions(folders_));
  EXPECT_FALSE(has(names, "one"));
  EXPECT_TRUE(has(names, "two:plugin"));
  EXPECT_TRUE(has(names, "three"));
}

TEST_F(Extensions, WhatTheStudioNeverRunsIsOff) {
  write("config/labconfig/page_config.json",
        R"({"disabledExtensions": {"@jupyterlab/javascript-extension": false}})");
  json::array names = disabled_extensions(folders_, {});
  for (const char* name :
       {"@jupyterlab/javascript-extension", "@jupyterlab/extensionmanager-extension",
        "@jupyterlab/apputils-extension:announcements"})
    EXPECT_TRUE(has(names, name)) << name;
}

TEST_F(Extensions, OneThatNeedsAServerSaysSo) {
  write("first/a/package.json",
        package("a", R"(, "discovery": {"server": {"base": {"name": "a_server"}}})"));
  EXPECT_EQ(find_extensions(folders_).at(0).server_half, "a_server");
}

class Page : public MadeFolders {};

TEST_F(Page, TheConfigHasWhatTheFrontEndReads) {
  PageRequest request;
  request.base_url = "/a%40b/";
  request.root_name = "study";
  json::object config = page_config(folders_, request);
  // jupyterlab_server's tests/test_labapp.py and staging/bootstrap.js.
  for (const char* key : {"baseUrl",
                          "wsUrl",
                          "appUrl",
                          "appName",
                          "appNamespace",
                          "appVersion",
                          "fullStaticUrl",
                          "fullLabextensionsUrl",
                          "federated_extensions",
                          "disabledExtensions",
                          "deferredExtensions",
                          "lockedExtensions",
                          "ignorePlugins",
                          "mode",
                          "workspace",
                          "treePath",
                          "terminalsAvailable",
                          "token",
                          "notebookVersion",
                          "fullSettingsUrl",
                          "fullWorkspacesApiUrl",
                          "fullThemesUrl",
                          "fullTranslationsApiUrl",
                          "fullListingsUrl",
                          "fullLicensesUrl",
                          "fullTreeUrl",
                          "fullAppUrl"})
    EXPECT_TRUE(config.contains(key)) << key;
  EXPECT_EQ(config["fullStaticUrl"], "/a%40b/static/lab");
  EXPECT_EQ(config["settingsUrl"], "/lab/api/settings");
  EXPECT_EQ(config["serverRoot"], "study");
}

TEST_F(Page, NoPathOfTheHostStandsInIt) {
  write("first/a/package.json", package("a"));
  std::string text = json::serialize(page_config(folders_, {}));
  EXPECT_EQ(text.find(root_.native()), text.npos) << text;
}

TEST_F(Page, NoTextEndsTheScriptElement) {
  write("app/static/index.html",
        R"(<script src="{{page_config.fullStaticUrl}}/main.0123.js?v=0123">)");
  PageRequest request;
  request.base_url = "/\"><script>/";
  request.workspace = "</script><script>alert(1)</script>";
  request.tree_path = "<!--";
  auto page = index_page(folders_, request);
  ASSERT_TRUE(page);
  EXPECT_NE(page->find("static/lab/main.0123.js?v=0123\""), page->npos) << *page;
  EXPECT_EQ(page->find("alert(1)<"), page->npos);
  EXPECT_EQ(page->find("<!--"), page->npos);
  EXPECT_EQ(page->find("\"><script>"), page->npos);
}

TEST_F(Page, WithoutTheFrontEndThereIsNone) {
  EXPECT_TRUE(index_page(folders_, {}).error().is(errors::incomplete));
}

TEST_F(Page, StyleSheetsOfThemesFindTheirFiles) {
  write("app/themes/@jupyterlab/light/index.css", "a{}");
  write("second/@org/dark/themes/@org/dark/index.css", "b{}");
  write("second/@org/dark/package.json", "{}");
  EXPECT_TRUE(find_theme_file(folders_, "@jupyterlab/light/index.css")->style_sheet);
  EXPECT_EQ(find_theme_file(folders_, "@org/dark/index.css")->path,
            root_ / "second/@org/dark/themes/@org/dark/index.css");
  for (const char* wrong : {"", "..", "@org/../../package.json", "@org/dark", "/etc/passwd"})
    EXPECT_FALSE(find_theme_file(folders_, wrong)) << wrong;
  EXPECT_EQ(rewrite_addresses(
                "a{b:url('x/y.svg')} c{d:url(z.png);e:url(\"data:,q:\")} f{g:url(/h)}", "/t"),
            "a{b:url('/t/x/y.svg')} c{d:url(/t/z.png);e:url(\"data:,q:\")} f{g:url(/h)}");
}

TEST_F(Page, EnglishIsAllThereIs) {
  EXPECT_TRUE(translations("").at("data").as_object().contains("en"));
  EXPECT_EQ(translations("en").at("message"), "");
  EXPECT_EQ(json::serialize(translations("default").at("data")), "{}");
  EXPECT_NE(translations("de_DE").at("message"), "");
}

}  // namespace
}  // namespace cloister::lab
