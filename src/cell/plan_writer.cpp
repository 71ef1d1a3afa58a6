// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/landlock.hpp"

#include "cell_layout.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>

namespace cloister::cell {
namespace {

class PlanWriter {
 public:
  void add(seal::Record record, base::ByteView bytes) {
    seal::Header header{.record = record, .size = static_cast<std::uint32_t>(bytes.size())};
    append({reinterpret_cast<const std::byte*>(&header), sizeof header});
    append(bytes);
    plan_.resize((plan_.size() + 7) & ~std::size_t{7});  // records stay aligned
  }
  void text(seal::Record record, const std::string& text) {
    add(record, {reinterpret_cast<const std::byte*>(text.c_str()), text.size() + 1});
  }
  template <typename Item>
  void item(seal::Record record, const Item& item) {
    add(record, {reinterpret_cast<const std::byte*>(&item), sizeof item});
  }
  void rule(std::uint64_t access, const std::string& path) {
    base::Bytes bytes(sizeof access + path.size() + 1);
    std::memcpy(bytes.data(), &access, sizeof access);
    std::memcpy(bytes.data() + sizeof access, path.c_str(), path.size() + 1);
    add(seal::Record::landlock_rule, bytes);
  }
  base::Bytes finish() {
    add(seal::Record::end, {});
    return std::move(plan_);
  }

 private:
  void append(base::ByteView bytes) { plan_.insert(plan_.end(), bytes.begin(), bytes.end()); }
  base::Bytes plan_;
};

void add_limit(PlanWriter& plan, __rlimit_resource resource, std::uint64_t soft,
               std::uint64_t hard) {
  rlimit now{};
  getrlimit(resource, &now);
  plan.item(seal::Record::limit,
            seal::ResourceLimit{.resource = static_cast<std::int32_t>(resource),
                                .reserved = 0,
                                .soft = std::min<std::uint64_t>(soft, now.rlim_max),
                                .hard = std::min<std::uint64_t>(hard, now.rlim_max)});
}

void add_limits(PlanWriter& plan, const Limits& limits, GroupKind group) {
  auto set = [&plan](__rlimit_resource resource, std::uint64_t value) {
    add_limit(plan, resource, value, value);
  };
  set(RLIMIT_CORE, 1);  // filter.cpp says why not 0
  set(RLIMIT_FSIZE, limits.file_bytes);
  set(RLIMIT_NOFILE, limits.open_files);
  set(RLIMIT_NPROC, limits.processes + 1ull);  // process 1 of the cell counts too
  set(RLIMIT_RTPRIO, 0);
  set(RLIMIT_MSGQUEUE, 1u << 20);
  if (limits.cpu_time.count() > 0) {
    auto seconds = static_cast<std::uint64_t>(limits.cpu_time.count());
    add_limit(plan, RLIMIT_CPU, seconds, seconds + 1);  // SIGXCPU, then SIGKILL
  }
  // Without a control group memory is limited per process: what it may write, not what it reserves
  // (RLIMIT_AS would count reservations, and engines reserve a lot).
  if (group == GroupKind::none) set(RLIMIT_DATA, limits.memory_bytes);
}

void add_landlock(PlanWriter& plan, const CellSpec& spec, const std::vector<Staged>& mounts,
                  int abi) {
  namespace ll = landlock;
  std::uint64_t handled = ll::handled_access_fs(abi);
  seal::LandlockRuleset ruleset{
      .size = 8, .handled_access_fs = handled, .handled_access_net = 0, .scoped = 0};
  if (abi >= 4) ruleset.size = 16;
  // A worker has no business with TCP; a kernel talks over its own loopback.
  if (abi >= 4 && spec.profile == Profile::worker)
    ruleset.handled_access_net = ll::bind_tcp | ll::connect_tcp;
  if (abi >= 6) {
    ruleset.size = 24;
    ruleset.scoped = ll::scope_abstract_unix_socket | ll::scope_signal;
  }
  plan.item(seal::Record::landlock_ruleset, ruleset);
  // The root of the cell's own mounts: a path that leads out of them by whatever way is not below
  // it.
  plan.rule(ll::read_rights & handled, "/");
  plan.rule((ll::write_rights)&handled, "/tmp");
  plan.rule((ll::write_rights)&handled, "/dev/shm");
  plan.rule(
      (ll::read_file | ll::read_dir | ll::write_file | ll::truncate | ll::ioctl_dev) & handled,
      "/dev");
  if (!spec.private_folder.empty()) plan.rule(ll::write_rights & handled, spec.private_folder);
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    if (!spec.mounts[i].writable) continue;
    std::uint64_t rights = ll::write_rights & handled;
    if (!mounts[i].folder) rights &= ll::file_rights;
    plan.rule(rights, spec.mounts[i].target);
  }
}

}  // namespace

base::Bytes write_plan(const CellSpec& spec, const std::vector<int>& numbers, int first_descriptor,
                       const std::vector<Staged>& mounts, GroupKind group, int landlock_abi,
                       base::ByteView filter) {
  PlanWriter plan;
  for (const std::string& argument : spec.arguments) plan.text(seal::Record::argument, argument);
  for (const std::string& variable : spec.environment) plan.text(seal::Record::variable, variable);
  plan.text(seal::Record::folder, spec.folder);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    plan.item(
        seal::Record::descriptor,
        seal::Moved{.from = first_descriptor + static_cast<std::int32_t>(i), .to = numbers[i]});
  add_limits(plan, spec.limits, group);
  if (landlock_abi > 0) add_landlock(plan, spec, mounts, landlock_abi);
  if (!filter.empty()) plan.add(seal::Record::filter, filter);
  return plan.finish();
}

}  // namespace cloister::cell
