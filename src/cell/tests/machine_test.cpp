// SPDX-License-Identifier: Apache-2.0
// What is read from /proc and the control group tree, on files made for the purpose.
#include "cloister/cell/survey.hpp"

#include "cell_group.hpp"
#include "kernel_features.hpp"
#include "network_witness.hpp"
#include "program_name.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cloister::cell {
namespace {

TEST(NetworkWitness, ReadsTheCounters) {
  constexpr const char* snmp =
      "Ip: Forwarding DefaultTTL InReceives OutDiscards OutNoRoutes ReasmTimeout\n"
      "Ip: 2 64 10 0 13 0\n"
      "Icmp: InMsgs\nIcmp: 0\n";
  EXPECT_EQ(unrouted_in_snmp(snmp), 13u);
  EXPECT_EQ(unrouted_in_snmp("Ip: A B\nIp: 1 2\n"), 0u);
  EXPECT_EQ(unrouted_in_snmp(""), 0u);
  EXPECT_EQ(unrouted_in_snmp6("Ip6InReceives    5\nIp6OutNoRoutes                  \t4\n"), 4u);
  EXPECT_EQ(unrouted_in_snmp6("Ip6OutNoRoutes"), 0u);
}

TEST(NetworkWitness, ReadsTheInterfaces) {
  constexpr const char* dev =
      "Inter-|   Receive      |  Transmit\n face |bytes    packets |bytes    packets\n"
      "    lo:       0       0\n  eth0: 12 1\n";
  EXPECT_EQ(interfaces_in(dev), (std::vector<std::string>{"lo", "eth0"}));
}

TEST(ProgramName, IsShortAndPrintable) {
  EXPECT_EQ(printable("a\nb\x1b[31m\xff"), "a?b?[31m?");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), program_bytes_max);
  EXPECT_NE(program_of(getpid()).find("cell_test"), std::string::npos);
  EXPECT_EQ(program_of(0), "");
}

TEST(Survey, NamesEveryLayerAndSaysWhyOneIsOff) {
  Sandbox sandbox = survey();
  for (const char* name : {"user-namespaces", "network-namespace", "bubblewrap", "seccomp",
                           "landlock", "unprivileged-id"}) {
    const Layer* layer = sandbox.layer(name);
    ASSERT_NE(layer, nullptr) << name;
    EXPECT_FALSE(layer->claim.empty()) << name;
    EXPECT_TRUE(layer->on || !layer->why.empty()) << name;
  }
  EXPECT_EQ(sandbox.layer("no such layer"), nullptr);
  EXPECT_EQ(sandbox.layer("bubblewrap")->on, !find_bubblewrap().empty());
  EXPECT_EQ(sandbox.layer("landlock")->on, landlock_abi() > 0);
  EXPECT_EQ(sandbox.limits, limits_by(find_groups().kind));
  bool walls = sandbox.layer("user-namespaces")->on && sandbox.layer("network-namespace")->on;
  EXPECT_TRUE(walls || !sandbox.starts);
}

class CellGroups : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/groupsXXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void file(const std::string& path, const std::string& text = "") {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  std::string root_;
};

TEST_F(CellGroups, TakesVersion1WhereMemoryAndProcessesCanBeLimited) {
  EXPECT_EQ(find_groups(root_).kind, GroupKind::none);
  file("/memory/cgroup.procs");
  EXPECT_EQ(find_groups(root_).kind, GroupKind::none);  // memory alone is not enough
  file("/pids/cgroup.procs");
  EXPECT_EQ(find_groups(root_).kind, GroupKind::v1);
  EXPECT_EQ(find_groups(root_).parents.size(), 2u);
  file("/cpuacct/cgroup.procs");
  EXPECT_EQ(find_groups(root_).parents.size(), 3u);
}

TEST_F(CellGroups, PrefersVersion2WithItsControllers) {
  if (geteuid() != 0) GTEST_SKIP() << "only root's own tree can be made up";
  file("/memory/cgroup.procs");
  file("/pids/cgroup.procs");
  file("/unified/cgroup.procs");
  file("/unified/cgroup.controllers", "hugetlb\n");
  file("/unified/cgroup.subtree_control");
  EXPECT_EQ(find_groups(root_).kind, GroupKind::v1);  // as on machines with an empty tree
  file("/unified/cgroup.controllers", "cpu memory pids\n");
  GroupSupport support = find_groups(root_);
  EXPECT_EQ(support.kind, GroupKind::v2);
  std::string enabled;
  std::getline(std::ifstream(root_ + "/unified/cgroup.subtree_control"), enabled);
  EXPECT_EQ(enabled, "+memory +pids");
}

TEST_F(CellGroups, WritesTheLimitsAndSweepsWhatIsLeftOver) {
  file("/memory/cgroup.procs");
  file("/pids/cgroup.procs");
  GroupSupport support = find_groups(root_);
  // A kernel fills a new folder with its files; here the test does.
  std::string own = std::to_string(getpid());
  for (const char* controller : {"/memory", "/pids"}) {
    file(std::string(controller) + "/cloister/" + own + "/cgroup.procs");
    std::filesystem::create_directories(root_ + controller + "/cloister/999999999");
  }
  file("/memory/cloister/" + own + "/memory.limit_in_bytes");
  file("/pids/cloister/" + own + "/pids.max");
  Limits limits;
  limits.memory_bytes = 64u << 20;
  limits.processes = 20;
  auto group = CellGroup::make(support, limits);
  ASSERT_TRUE(group) << group.error().message;
  std::string text;
  std::getline(std::ifstream(root_ + "/memory/cloister/" + own + "/memory.limit_in_bytes"), text);
  EXPECT_EQ(text, "67108864");
  std::getline(std::ifstream(root_ + "/pids/cloister/" + own + "/pids.max"), text);
  EXPECT_EQ(text, "22");
  EXPECT_FALSE(std::filesystem::exists(root_ + "/memory/cloister/999999999"));
  EXPECT_TRUE(group->join());
  file("/memory/cloister/" + own + "/memory.oom_control",
       "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  EXPECT_EQ(group->memory_kills(), 3u);
}

}  // namespace
}  // namespace cloister::cell
