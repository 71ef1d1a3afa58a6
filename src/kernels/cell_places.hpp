// SPDX-License-Identifier: Apache-2.0
// Where things lie in the cells of this module.
#pragma once

#include <string_view>

namespace cloister::kernels::places {

inline constexpr std::string_view home = "/home/cell";
inline constexpr std::string_view project = "/home/cell/project";
inline constexpr std::string_view python = "/opt/cloister/python";
inline constexpr std::string_view kernelspec = "/opt/cloister/kernelspec";
inline constexpr std::string_view door = "/run/cloister/door";

}  // namespace cloister::kernels::places
