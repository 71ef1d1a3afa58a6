// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/commands.hpp"
#include "cloister/api/errors.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <set>

namespace cloister::api {
namespace {

constexpr std::string_view passphrase = "correct horse";

class Execute : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "execute-XXXXXX").native();
    folder_ = mkdtemp(pattern.data());
    base::SecretBytes secret = base::SecretBytes::copy_of(passphrase);
    ASSERT_TRUE(vault::Home::create(services_, folder_ / "home", "ada", secret, nullptr,
                                    {.passes = 2, .memory_kib = 19u << 10}));
    reopen(Studio::Mode::read_write);
  }
  void TearDown() override {
    studio_.reset();
    std::filesystem::remove_all(folder_);
  }
  void reopen(Studio::Mode mode) {
    studio_.reset();
    auto opened = Studio::open(services_, folder_ / "home", mode);
    ASSERT_TRUE(opened) << opened.error().message;
    studio_ = std::move(*opened);
  }
  base::Result<Reply> run(std::string verb, json::object parameters = {},
                          std::string_view secret = {}) {
    Call call;
    call.verb = std::move(verb);
    call.parameters = std::move(parameters);
    call.passphrase = base::SecretBytes::copy_of(secret);
    Listener nobody{
        .progress = [](std::string_view, std::uint64_t, std::uint64_t) {}, .item = {}, .stop = {}};
    return execute(*studio_, call, nobody);
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> list;
    for (const ledger::StoredEntry& stored : *studio_->home().entries(0, 1000))
      list.push_back(stored.entry.kind);
    return list;
  }

  io::SystemDisk disk_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  vault::Services services_{.disk = disk_, .clock = clock_, .random = random_};
  io::Path folder_;
  std::unique_ptr<Studio> studio_;
};

TEST_F(Execute, RefusesUnknownVerbs) {
  auto reply = run("data steal", {}, passphrase);
  ASSERT_FALSE(reply);
  EXPECT_TRUE(reply.error().is(errors::unknown_command));
  EXPECT_FALSE(studio_->home().unlocked());
}

TEST_F(Execute, LockedHomeRunsNothingThatNeedsKeys) {
  for (const Command& command : commands()) {
    if (command.access == Access::locked) continue;
    auto reply = run(std::string(command.verb));
    ASSERT_FALSE(reply) << command.verb;
    EXPECT_TRUE(reply.error().is(errors::locked)) << command.verb << ": " << reply.error().code;
  }
}

TEST_F(Execute, AWrongPassphraseIsRecorded) {
  auto reply = run("data list", {}, "wrong");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, base::Kind::locked);
  ASSERT_TRUE(run("unlock", {}, passphrase));
  EXPECT_THAT(kinds(), testing::Contains("unlock-failed"));
}

TEST_F(Execute, AuthorityNeedsThePassphraseAgain) {
  ASSERT_TRUE(run("unlock", {}, passphrase));
  auto reply = run("passwd");
  ASSERT_FALSE(reply);
  EXPECT_TRUE(reply.error().is(errors::passphrase_needed));
  EXPECT_FALSE(run("passwd", {}, "wrong"));
}

TEST_F(Execute, EachCommandEndsCheckpointed) {
  ASSERT_TRUE(run("unlock", {}, passphrase));
  EXPECT_FALSE(run("data show", {{"dataset", "nobody"}}));
  EXPECT_EQ(studio_->home().ledger().head().size, studio_->home().ledger().checkpointed().size);
  EXPECT_THAT(kinds(), testing::Contains("failure"));
}

TEST_F(Execute, LockForgetsTheKeys) {
  ASSERT_TRUE(run("unlock", {}, passphrase));
  ASSERT_TRUE(run("lock"));
  EXPECT_FALSE(studio_->home().unlocked());
  EXPECT_FALSE(run("data list"));
}

TEST_F(Execute, LedgerShowFilters) {
  ASSERT_TRUE(run("unlock", {}, passphrase));
  ASSERT_FALSE(run("data show", {{"dataset", "nobody"}}));
  auto reply = run("ledger show", {{"kind", "failure"}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->result.at("entries").get_array().size(), 1u);
  EXPECT_TRUE(run("ledger show", {{"since", "2100-01-01T00:00:00Z"}})
                  ->result.at("entries")
                  .get_array()
                  .empty());
  EXPECT_EQ(run("ledger show", {{"since", "yesterday"}}).error().kind, base::Kind::usage);
}

TEST_F(Execute, NamesOfDatasetsAreChecked) {
  ASSERT_TRUE(run("unlock", {}, passphrase));
  for (const char* name : {"../etc", "a b", "", "1abc", "x@y", "x@0"})
    EXPECT_FALSE(run("data show", {{"dataset", name}})) << name;
}

TEST_F(Execute, VerifyingRecordsNothing) {
  ASSERT_TRUE(run("unlock", {}, passphrase));
  std::uint64_t before = studio_->home().ledger().head().size;
  reopen(Studio::Mode::read_only);
  ASSERT_TRUE(run("ledger verify", {}, passphrase));
  ASSERT_TRUE(run("data verify"));
  EXPECT_EQ(studio_->home().ledger().head().size, before);
}

}  // namespace
}  // namespace cloister::api
