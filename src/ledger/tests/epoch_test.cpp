// SPDX-License-Identifier: Apache-2.0
// Signing keys that follow each other.
#include "cloister/ledger/checkpoint.hpp"
#include "cloister/ledger/errors.hpp"

#include "fixture.hpp"

namespace cloister::ledger {
namespace {

class Epochs : public LedgerFixture {};
class CheckpointTest : public LedgerFixture {};

TEST_F(Epochs, TheNextKeySignsOnceItIsCertified) {
  auto ledger = filled(3);
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
  EXPECT_EQ(ledger->epoch(), 1u);
  EXPECT_EQ(ledger->checkpoints(), 3u);
  append(*ledger, 1);
  EXPECT_TRUE(ledger->checkpoint(epoch_key(0)).error().is(errors::wrong_key));
  ASSERT_TRUE(ledger->checkpoint(epoch_key(1)));
  for (std::uint64_t epoch = 1; epoch < 5; ++epoch)
    ASSERT_TRUE(ledger->begin_epoch(epoch_key(epoch), epoch_key(epoch + 1)));
  ledger = open();
  EXPECT_EQ(ledger->epoch(), 5u);
  VerifyReport report = verify();
  EXPECT_TRUE(report.ok) << report.problem;
  EXPECT_EQ(report.epoch, 5u);
}

TEST_F(Epochs, TheCertificateStatesWhereTheEpochBegan) {
  auto ledger = filled(3);
  append(*ledger, 2);
  TreeHead head = ledger->head();
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
  EXPECT_EQ(ledger->checkpointed().size, 5u);
  EpochChain chain = verify_epochs(file_text(folder / "epochs"), keys).value();
  ASSERT_EQ(chain.certificates.size(), 1u);
  EXPECT_EQ(chain.certificates[0].begin.size, 5u);
  EXPECT_EQ(chain.certificates[0].begin.root, head.root);
  EXPECT_EQ(chain.keys[1], epoch_key(1).key.verify_key());
}

TEST_F(Epochs, NoEpochIsLeftOut) {
  auto ledger = filled(1);
  EXPECT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(2)).error().is(errors::wrong_key));
  EXPECT_TRUE(ledger->begin_epoch(epoch_key(1), epoch_key(2)).error().is(errors::wrong_key));
  EXPECT_EQ(ledger->epoch(), 0u);
}

TEST_F(Epochs, ACertificateBySomebodyElseIsRefused) {
  EpochCertificate certificate{keys.origin, 1, signing_key(1).verify_key(), {}};
  std::string forged = sign_note(to_text(certificate), keys.origin, signing_key(9));
  EXPECT_TRUE(verify_epochs(forged, keys).error().is(errors::damaged));
  std::string by_itself = sign_note(to_text(certificate), keys.origin, signing_key(1));
  EXPECT_TRUE(verify_epochs(by_itself, keys).error().is(errors::damaged));
  std::string honest = sign_note(to_text(certificate), keys.origin, signing_key(0));
  EXPECT_TRUE(verify_epochs(honest, keys));
}

TEST_F(Epochs, ACertificateOfAnotherLedgerIsRefused) {
  EpochCertificate certificate{"cloister/other", 1, signing_key(1).verify_key(), {}};
  std::string other = sign_note(to_text(certificate), "cloister/other", signing_key(0));
  EXPECT_FALSE(verify_epochs(other, keys));
}

TEST_F(Epochs, CertificatesInAnotherOrderAreRefused) {
  auto note = [&](std::uint64_t epoch) {
    EpochCertificate certificate{keys.origin, epoch, epoch_key(epoch).key.verify_key(), {}};
    return sign_note(to_text(certificate), keys.origin, epoch_key(epoch - 1).key);
  };
  EXPECT_TRUE(verify_epochs(note(1) + note(2) + note(3), keys));
  EXPECT_FALSE(verify_epochs(note(2) + note(1), keys));
  EXPECT_FALSE(verify_epochs(note(1) + note(1), keys));
  EXPECT_FALSE(verify_epochs(note(1) + note(3), keys));
}

TEST_F(Epochs, AnInterruptedChangeIsFinishedByAskingAgain) {
  auto ledger = filled(2);
  Files before = files_in(folder);
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
  std::string epochs = file_text(folder / "epochs");
  // A crash after the certificate and before its checkpoint.
  restore(folder, before);
  write_text(folder / "epochs", epochs);
  EXPECT_FALSE(verify().ok);  // nothing vouches for that certificate yet
  ledger = open();
  EXPECT_EQ(ledger->epoch(), 0u);
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
  EXPECT_EQ(file_text(folder / "epochs"), epochs);
  EXPECT_EQ(ledger->epoch(), 1u);
  EXPECT_TRUE(verify().ok) << verify().problem;
}

TEST_F(Epochs, AfterAnInterruptedChangeEitherKeySigns) {
  for (std::uint64_t epoch : {0u, 1u}) {
    std::filesystem::remove_all(folder);
    auto ledger = filled(2);
    Files before = files_in(folder);
    ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
    before["epochs"] = file_text(folder / "epochs");
    restore(folder, before);
    ledger = open();
    append(*ledger, 1);
    ASSERT_TRUE(ledger->checkpoint(epoch_key(epoch)));
    EXPECT_EQ(ledger->epoch(), epoch);
  }
}

TEST_F(Epochs, ACertificateThatWasGivenUpIsReplaced) {
  auto ledger = filled(2);
  Files before = files_in(folder);
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), {1, signing_key(50)}));
  before["epochs"] = file_text(folder / "epochs");
  restore(folder, before);
  ledger = open();
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
  EXPECT_TRUE(verify().ok) << verify().problem;
}

TEST_F(CheckpointTest, ItIsTheNoteOfTheSpecification) {
  auto ledger = filled(2);
  std::string note = ledger->checkpoint_text();
  EXPECT_EQ(note, file_text(folder / "checkpoint"));
  std::string root = base::to_base64(ledger->head().root);
  EXPECT_TRUE(note.starts_with("cloister/test\n2\n" + root + "\ncounter 2\nepoch 0\nlog "));
  EXPECT_NE(note.find("\n\n\xe2\x80\x94 cloister/test "), std::string::npos);
  EXPECT_TRUE(note.ends_with('\n'));
}

TEST_F(CheckpointTest, AnEarlierKeyCannotSignALaterEpoch) {
  auto ledger = filled(2);
  ASSERT_TRUE(ledger->begin_epoch(epoch_key(0), epoch_key(1)));
  EpochChain chain = verify_epochs(file_text(folder / "epochs"), keys).value();
  Note note = parse_note(ledger->checkpoint_text()).value();
  Checkpoint checkpoint = parse_checkpoint(note.text).value();
  // The thief of epoch 0's key writes today's checkpoint, and one of yesterday.
  std::string forged = sign_note(to_text(checkpoint), keys.origin, signing_key(0));
  EXPECT_FALSE(verify_checkpoint(forged, keys, chain));
  checkpoint.epoch = 0;
  forged = sign_note(to_text(checkpoint), keys.origin, signing_key(0));
  write_text(folder / "checkpoint", forged);
  EXPECT_FALSE(verify().ok);
}

TEST_F(CheckpointTest, AKeptOneMayCarryWitnesses) {
  auto ledger = filled(2);
  std::string note = ledger->checkpoint_text();
  Note parsed = parse_note(note).value();
  std::string witness = sign_note(parsed.text, "witness.example", signing_key(30));
  std::string cosigned = note + witness.substr(parsed.text.size() + 1);
  EXPECT_TRUE(verify(cosigned).ok) << verify(cosigned).problem;
  write_text(folder / "checkpoint", cosigned);  // on disk there is one signature only
  EXPECT_FALSE(verify().ok);
}

TEST_F(CheckpointTest, OnlyTheCanonicalFormIsRead) {
  Checkpoint checkpoint{keys.origin, {5, {}}, 2, 1, 700, {}, clock.now()};
  std::string text = to_text(checkpoint);
  ASSERT_TRUE(parse_checkpoint(text));
  auto replaced = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  for (const std::string& changed :
       {replaced("\n5\n", "\n05\n"), replaced("\n5\n", "\n+5\n"), replaced("\n5\n", "\n5 \n"),
        replaced("counter 2", "counter  2"), replaced("epoch 1", "Epoch 1"),
        replaced("epoch 1\n", "epoch 1\nextra\n"), replaced("log 700", "log 0700"),
        replaced("\n5\n", "\n99999999999999999999\n"), text + "more\n",
        text.substr(0, text.size() - 1)})
    EXPECT_FALSE(parse_checkpoint(changed)) << changed;
}

}  // namespace
}  // namespace cloister::ledger
