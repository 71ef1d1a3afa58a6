// SPDX-License-Identifier: Apache-2.0
#include "cell_group.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/io/disk.hpp"

#include "identity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace cloister::cell {
namespace {

constexpr int removal_tries = 50;
constexpr timespec removal_pause{.tv_sec = 0, .tv_nsec = 2'000'000};

std::string read_text(const std::string& path) {
  io::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> bytes{};
  ssize_t got = file.open() ? read(file.number(), bytes.data(), bytes.size()) : 0;
  return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

base::Outcome write_text(const std::string& path, const std::string& text) {
  io::Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.open() || write(file.number(), text.data(), text.size()) < 0)
    return base::fail_errno(errors::cgroup, fmt::format("cannot write {}", path), errno);
  return {};
}

bool has_word(const std::string& text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    bool starts = at == 0 || text[at - 1] == ' ';
    std::size_t end = at + word.size();
    if (starts && (end == text.size() || text[end] == ' ' || text[end] == '\n')) return true;
  }
  return false;
}

// The number after `name` in lines of "name number"; the whole text when `name` is empty.
std::uint64_t number_in(const std::string& text, std::string_view name) {
  std::size_t at = name.empty() ? 0 : text.find(fmt::format("{} ", name));
  if (at == text.npos) return 0;
  if (!name.empty()) at += name.size() + 1;
  std::uint64_t value = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

bool limits_memory_and_processes(const std::string& folder) {
  std::string file = folder + "/cgroup.subtree_control";
  std::string enabled = read_text(file);
  if (has_word(enabled, "memory") && has_word(enabled, "pids")) return true;
  std::string offered = read_text(folder + "/cgroup.controllers");
  if (!has_word(offered, "memory") || !has_word(offered, "pids")) return false;
  return write_text(file, "+memory +pids").has_value();
}

// Root takes the top; a plain user the highest folder above its own group that it may write.
std::string find_v2(const std::string& root) {
  std::string top = io::exists(root + "/cgroup.controllers") ? root : root + "/unified";
  if (!io::exists(top + "/cgroup.controllers")) return {};
  std::vector<std::string> candidates{top};
  if (!is_root()) {
    std::string own = read_text("/proc/self/cgroup");
    std::size_t at = own.find("0::/");
    if (at == own.npos) return {};
    own = own.substr(at + 3, own.find('\n', at) - at - 3);
    candidates.clear();
    for (; !own.empty() && own != "/"; own = own.substr(0, own.rfind('/')))
      candidates.insert(candidates.begin(), top + own);
  }
  for (const std::string& candidate : candidates)
    if (access(candidate.c_str(), W_OK) == 0 &&
        access((candidate + "/cgroup.procs").c_str(), W_OK) == 0 &&
        limits_memory_and_processes(candidate))
      return candidate;
  return {};
}

// Folders are named after their supervisor: what belongs to none any more is removed.
void sweep(const std::string& folder) {
  auto names = io::list_folder(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    pid_t supervisor = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), supervisor);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (kill(supervisor, 0) != 0 && errno == ESRCH)
      rmdir(fmt::format("{}/{}", folder, name).c_str());
  }
}

// <parent>/cloister/<supervisor>; the middle folder belongs to the unprivileged id, so that a
// supervisor can remove its own after it left root.
base::Result<std::string> make_folder(const std::string& parent) {
  std::string middle = parent + "/cloister";
  if (mkdir(middle.c_str(), 0755) != 0 && errno != EEXIST)
    return base::fail_errno(errors::cgroup, "cannot make a control group", errno);
  if (is_root() && chown(middle.c_str(), unprivileged_id, unprivileged_id) != 0)
    return base::fail_errno(errors::cgroup, "cannot give a control group away", errno);
  sweep(middle);
  std::string folder = fmt::format("{}/{}", middle, getpid());
  if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
    return base::fail_errno(errors::cgroup, "cannot make a control group", errno);
  return folder;
}

}  // namespace

std::string limits_by(GroupKind kind) {
  switch (kind) {
    case GroupKind::v2:
      return "cgroup-v2";
    case GroupKind::v1:
      return "cgroup-v1";
    case GroupKind::none:
      break;
  }
  return "rlimits";
}

GroupSupport find_groups(const std::string& root) {
  if (std::string parent = find_v2(root); !parent.empty())
    return {.kind = GroupKind::v2, .why = "cgroup version 2, delegated", .parents = {parent}};
  std::vector<std::string> parents;
  for (const char* controller : {"/memory", "/pids", "/cpuacct"}) {
    std::string folder = root + controller;
    bool usable = io::exists(folder + "/cgroup.procs") && access(folder.c_str(), W_OK) == 0;
    if (usable) parents.push_back(folder);
    if (!usable && std::string_view(controller) != "/cpuacct")
      return {.kind = GroupKind::none,
              .why = "no control group may be made here: limits hold per process",
              .parents = {}};
  }
  return {.kind = GroupKind::v1, .why = "cgroup version 1", .parents = std::move(parents)};
}

base::Result<CellGroup> CellGroup::make(const GroupSupport& support, const Limits& limits) {
  CellGroup group;
  group.kind_ = support.kind;
  for (const std::string& parent : support.parents) {
    auto added =
        support.kind == GroupKind::v2 ? group.add_v2(parent, limits) : group.add_v1(parent, limits);
    if (!added) {
      group.remove();
      return std::unexpected(added.error());
    }
  }
  return group;
}

// The two on top are bubblewrap and process 1 of the cell.
std::string processes_max(const Limits& limits) {
  return fmt::format("{}", limits.processes + 2ull);
}

base::Outcome CellGroup::add_v1(const std::string& parent, const Limits& limits) {
  CLOISTER_TRY(std::string folder, make_folder(parent));
  folders_.push_back(folder);
  if (parent.ends_with("/memory")) {
    std::string bytes = fmt::format("{}", limits.memory_bytes);
    CLOISTER_TRY_DO(write_text(folder + "/memory.limit_in_bytes", bytes));
    if (io::exists(folder + "/memory.memsw.limit_in_bytes"))
      CLOISTER_TRY_DO(write_text(folder + "/memory.memsw.limit_in_bytes", bytes));
  }
  if (parent.ends_with("/pids"))
    CLOISTER_TRY_DO(write_text(folder + "/pids.max", processes_max(limits)));
  return open_members(folder);
}

base::Outcome CellGroup::add_v2(const std::string& parent, const Limits& limits) {
  std::string middle = parent + "/cloister";
  CLOISTER_TRY(std::string folder, make_folder(parent));
  folders_.push_back(folder);
  if (!limits_memory_and_processes(middle))
    return base::fail(errors::cgroup, "the control groups of cells have no controllers");
  CLOISTER_TRY_DO(write_text(folder + "/memory.max", fmt::format("{}", limits.memory_bytes)));
  if (io::exists(folder + "/memory.swap.max"))
    CLOISTER_TRY_DO(write_text(folder + "/memory.swap.max", "0"));
  CLOISTER_TRY_DO(write_text(folder + "/pids.max", processes_max(limits)));
  return open_members(folder);
}

base::Outcome CellGroup::open_members(const std::string& folder) {
  // Who opened it is who is asked when something is written: root, although we leave root soon.
  io::Descriptor members(open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!members.open())
    return base::fail_errno(errors::cgroup, "a control group cannot be entered", errno);
  members_.push_back(std::move(members));
  return {};
}

bool CellGroup::join() const {
  return std::ranges::all_of(
      members_, [](const io::Descriptor& members) { return write(members.number(), "0", 1) == 1; });
}

std::uint64_t CellGroup::memory_kills() const {
  std::uint64_t kills = 0;
  for (const std::string& folder : folders_) {
    kills += number_in(read_text(folder + "/memory.events"), "oom_kill");
    kills += number_in(read_text(folder + "/memory.oom_control"), "oom_kill");
  }
  return kills;
}

std::uint64_t CellGroup::cpu_microseconds() const {
  for (const std::string& folder : folders_) {
    if (kind_ == GroupKind::v2) return number_in(read_text(folder + "/cpu.stat"), "usage_usec");
    if (std::string usage = read_text(folder + "/cpuacct.usage"); !usage.empty())
      return number_in(usage, "") / 1000;
  }
  return 0;
}

void CellGroup::remove() {
  members_.clear();
  for (const std::string& folder : folders_)
    // The kernel takes a moment to let the last process go.
    for (int i = 0; i < removal_tries && rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i)
      nanosleep(&removal_pause, nullptr);
  folders_.clear();
}

}  // namespace cloister::cell
