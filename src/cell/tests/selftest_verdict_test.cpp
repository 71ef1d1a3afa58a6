// SPDX-License-Identifier: Apache-2.0
#include "selftest_verdict.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace cloister::cell {
namespace {

ProbeRow row(std::set<std::string> traits = {}) {
  return {.id = "X1-probe", .title = "a probe", .family = "test", .traits = std::move(traits)};
}

ProbeRun said(Said word, int error = 0) {
  return {.said = word, .error = error, .detail = {}, .ended_by_force = false, .witnesses = {}};
}

ProbeRun seen(ProbeRun run) {
  run.witnesses.push_back("seen");
  return run;
}

ProbeRun forced() {
  ProbeRun run = said(Said::nothing);
  run.ended_by_force = true;
  return run;
}

const ProbeRun open = said(Said::open);
const ProbeRun blocked = said(Said::blocked, EPERM);

TEST(SelftestVerdict, HeldNeedsARefusalInTheCellAndAControlThatWorks) {
  auto verdicts = judge_probe(row(), true, open, blocked);
  EXPECT_EQ(verdicts.cell, CellVerdict::held);
  EXPECT_EQ(verdicts.control, ControlVerdict::works);
}

TEST(SelftestVerdict, OpenInTheCellIsAnEscapeWhateverTheControlDid) {
  EXPECT_EQ(judge_probe(row(), true, open, open).cell, CellVerdict::escaped);
  EXPECT_EQ(judge_probe(row(), true, blocked, open).cell, CellVerdict::escaped);
  EXPECT_EQ(judge_probe(row({"optional"}), true, said(Said::blocked, ENOSYS), open).cell,
            CellVerdict::escaped);
}

TEST(SelftestVerdict, AWitnessOfTheOutsideOverrulesTheProbe) {
  EXPECT_EQ(judge_probe(row(), true, open, seen(blocked)).cell, CellVerdict::escaped);
  EXPECT_EQ(judge_probe(row(), true, open, seen(said(Said::within))).cell, CellVerdict::escaped);
  EXPECT_EQ(judge_probe(row({"killable"}), true, open, seen(forced())).cell, CellVerdict::escaped);
}

TEST(SelftestVerdict, WithinIsIntended) {
  auto verdicts = judge_probe(row(), true, said(Said::within), said(Said::within));
  EXPECT_EQ(verdicts.cell, CellVerdict::intended);
  EXPECT_EQ(verdicts.control, ControlVerdict::works);
}

TEST(SelftestVerdict, AnUnavailableControlIsNeverHeld) {
  for (int error : {ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT, ENODEV, EPERM}) {
    auto verdicts = judge_probe(row({"optional"}), true, said(Said::blocked, error), blocked);
    EXPECT_EQ(verdicts.control, ControlVerdict::unavailable) << error;
    EXPECT_EQ(verdicts.cell, CellVerdict::unavailable) << error;
  }
}

TEST(SelftestVerdict, AControlThatShouldHaveWorkedFails) {
  EXPECT_EQ(judge_probe(row(), true, said(Said::blocked, ENOSYS), blocked).control,
            ControlVerdict::failed);
  EXPECT_EQ(
      judge_probe(row({"optional"}), true, said(Said::blocked, ECONNREFUSED), blocked).control,
      ControlVerdict::failed);
  EXPECT_EQ(judge_probe(row({"optional"}), true, said(Said::nothing), blocked).control,
            ControlVerdict::failed);
  EXPECT_EQ(judge_probe(row(), true, blocked, blocked).cell, CellVerdict::unknown);
}

TEST(SelftestVerdict, WhatNeedsRootIsUnavailableToAPlainUserOnly) {
  EXPECT_EQ(judge_probe(row({"root_only"}), false, blocked, blocked).control,
            ControlVerdict::unavailable);
  EXPECT_EQ(judge_probe(row({"root_only"}), true, blocked, blocked).control,
            ControlVerdict::failed);
}

TEST(SelftestVerdict, NoAnswerIsHeldOnlyWhereTheCellMayKill) {
  EXPECT_EQ(judge_probe(row({"killable"}), true, open, forced()).cell, CellVerdict::held);
  EXPECT_EQ(judge_probe(row(), true, open, forced()).cell, CellVerdict::unknown);
  EXPECT_EQ(judge_probe(row({"killable"}), true, open, said(Said::nothing)).cell,
            CellVerdict::unknown);
}

TEST(SelftestVerdict, SomeProbesAreDecidedByTheWitnessAlone) {
  for (const char* trait : {"outlives", "neighbour"}) {
    auto verdicts = judge_probe(row({trait}), true, seen(said(Said::within)), said(Said::within));
    EXPECT_EQ(verdicts.control, ControlVerdict::works) << trait;
    EXPECT_EQ(verdicts.cell, CellVerdict::held) << trait;
    verdicts = judge_probe(row({trait}), true, said(Said::within), seen(said(Said::within)));
    EXPECT_EQ(verdicts.control, ControlVerdict::failed) << trait;
    EXPECT_EQ(verdicts.cell, CellVerdict::escaped) << trait;
  }
}

ProbeReport probe_with(CellVerdict cell, ControlVerdict control) {
  ProbeReport probe;
  probe.cell = cell;
  probe.control = control;
  return probe;
}

TEST(SelftestReport, PassesOnlyWhenNothingIsInDoubt) {
  auto report = [](CellVerdict cell, ControlVerdict control) {
    SelftestReport made;
    made.probes.push_back(probe_with(CellVerdict::held, ControlVerdict::works));
    made.probes.push_back(probe_with(cell, control));
    return made;
  };
  EXPECT_TRUE(report(CellVerdict::held, ControlVerdict::works).passed());
  EXPECT_TRUE(report(CellVerdict::intended, ControlVerdict::works).passed());
  EXPECT_TRUE(report(CellVerdict::unavailable, ControlVerdict::unavailable).passed());
  EXPECT_FALSE(report(CellVerdict::escaped, ControlVerdict::works).passed());
  EXPECT_FALSE(report(CellVerdict::unknown, ControlVerdict::works).passed());
  EXPECT_FALSE(report(CellVerdict::held, ControlVerdict::failed).passed());
  EXPECT_EQ(report(CellVerdict::held, ControlVerdict::works).count(CellVerdict::held), 2u);
}

}  // namespace
}  // namespace cloister::cell
