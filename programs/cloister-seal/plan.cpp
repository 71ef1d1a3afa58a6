// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>

namespace cloister::seal {
namespace {

template <typename Item>
bool append(const char* bytes, std::uint32_t size, Item* items, unsigned max, unsigned& count) {
  if (size != sizeof(Item) || count == max) return false;
  std::memcpy(&items[count++], bytes, sizeof(Item));
  return true;
}

bool append_text(char* text, char** items, unsigned max, unsigned& count) {
  if (count == max) return false;
  items[count++] = text;
  return true;
}

bool is_text(const char* bytes, std::uint32_t size) {
  return size > 0 && bytes[size - 1] == '\0';
}

bool take(Plan& plan, Record record, char* bytes, std::uint32_t size) {
  switch (record) {
    case Record::argument:
      return is_text(bytes, size) &&
             append_text(bytes, plan.arguments, arguments_max, plan.argument_count);
    case Record::variable:
      return is_text(bytes, size) &&
             append_text(bytes, plan.variables, variables_max, plan.variable_count);
    case Record::folder:
      plan.folder = bytes;
      return is_text(bytes, size);
    case Record::descriptor:
      return append(bytes, size, plan.moved, descriptors_max, plan.moved_count);
    case Record::limit:
      return append(bytes, size, plan.limits, limits_max, plan.limit_count);
    case Record::landlock_ruleset:
      if (size != sizeof plan.ruleset) return false;
      std::memcpy(&plan.ruleset, bytes, size);
      plan.has_landlock = true;
      return true;
    case Record::landlock_rule: {
      if (size <= sizeof(std::uint64_t) || !is_text(bytes, size) ||
          plan.rule_count == landlock_rules_max)
        return false;
      LandlockRule& rule = plan.rules[plan.rule_count++];
      std::memcpy(&rule.access, bytes, sizeof rule.access);
      rule.path = bytes + sizeof rule.access;
      return true;
    }
    case Record::filter:
      plan.filter.len = static_cast<unsigned short>(size / sizeof(sock_filter));
      plan.filter.filter = reinterpret_cast<sock_filter*>(bytes);
      return size % sizeof(sock_filter) == 0;
    case Record::end:
      break;
  }
  return false;
}

}  // namespace

bool read_plan(int descriptor, Plan& plan) {
  struct stat about = {};
  if (fstat(descriptor, &about) != 0 || about.st_size <= 0) return false;
  auto size = static_cast<std::size_t>(about.st_size);
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
  if (mapped == MAP_FAILED) return false;
  char* at = static_cast<char*>(mapped);
  std::size_t left = size;
  for (;;) {
    Header header = {};
    if (left < sizeof header) return false;
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    left -= sizeof header;
    if (header.record == Record::end) return plan.argument_count > 0;
    std::size_t padded = (header.size + 7ull) & ~7ull;  // records stay aligned
    if (padded > left || !take(plan, header.record, at, header.size)) return false;
    at += padded;
    left -= padded;
  }
}

}  // namespace cloister::seal
