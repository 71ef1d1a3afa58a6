// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/result.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace cloister::base {
namespace {

struct Named {
  Kind kind;
  std::string_view name;
};
constexpr std::array<Named, 7> names{{{Kind::failed, "failed"},
                                      {Kind::usage, "usage"},
                                      {Kind::denied, "denied"},
                                      {Kind::integrity, "integrity"},
                                      {Kind::missing, "missing"},
                                      {Kind::locked, "locked"},
                                      {Kind::cancelled, "cancelled"}}};

}  // namespace

std::unexpected<Error> fail_errno(Code code, std::string_view doing, int error_number) {
  std::array<char, 128> text{};
  return fail(code,
              fmt::format("{}: {}", doing, strerror_r(error_number, text.data(), text.size())));
}

std::string_view kind_name(Kind kind) {
  for (const Named& named : names)
    if (named.kind == kind) return named.name;
  return "failed";
}

Kind kind_from_name(std::string_view name) {
  for (const Named& named : names)
    if (named.name == name) return named.kind;
  return Kind::failed;
}

}  // namespace cloister::base
