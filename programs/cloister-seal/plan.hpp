// SPDX-License-Identifier: Apache-2.0
// The plan as the seal reads it: pointers into the mapped memory file.
#pragma once

#include "cloister/cell/seal_plan.hpp"

#include <linux/filter.h>

namespace cloister::seal {

using namespace cloister::cell::seal;

struct LandlockRule {
  std::uint64_t access;
  const char* path;
};

inline constexpr unsigned limits_max = 16;
inline constexpr unsigned landlock_rules_max = 256;

struct Plan {
  char* arguments[arguments_max + 1] = {};
  unsigned argument_count = 0;
  char* variables[variables_max + 1] = {};
  unsigned variable_count = 0;
  const char* folder = "/";
  Moved moved[descriptors_max] = {};
  unsigned moved_count = 0;
  ResourceLimit limits[limits_max] = {};
  unsigned limit_count = 0;
  bool has_landlock = false;
  LandlockRuleset ruleset = {};
  LandlockRule rules[landlock_rules_max] = {};
  unsigned rule_count = 0;
  sock_fprog filter = {};
};

// Reads the memory file; false when it is not a whole plan. Texts end with a NUL in the file.
bool read_plan(int descriptor, Plan& plan);

}  // namespace cloister::seal
