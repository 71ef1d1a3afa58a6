// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/request.hpp"

#include <array>

namespace cloister::http {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 7> methods{
    {{"GET", Method::get},
     {"HEAD", Method::head},
     {"POST", Method::post},
     {"PUT", Method::put},
     {"PATCH", Method::patch},
     {"DELETE", Method::delete_},
     {"OPTIONS", Method::options}}};

}  // namespace

std::optional<Method> method_from_name(std::string_view name) {
  for (const auto& [known, method] : methods)
    if (known == name) return method;
  return std::nullopt;
}

std::string_view name_of(Method method) {
  for (const auto& [name, known] : methods)
    if (known == method) return name;
  return {};
}

bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

}  // namespace cloister::http
