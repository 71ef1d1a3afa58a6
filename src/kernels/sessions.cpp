// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/sessions.hpp"

#include <algorithm>

namespace cloister::kernels {

Session* Sessions::find(std::string_view id) {
  auto found = std::ranges::find(sessions_, id, &Session::id);
  return found == sessions_.end() ? nullptr : &*found;
}

Session* Sessions::find_path(std::string_view path) {
  auto found = std::ranges::find(sessions_, path, &Session::path);
  return found == sessions_.end() ? nullptr : &*found;
}

Session& Sessions::add(Session session) {
  return sessions_.emplace_back(std::move(session));
}

bool Sessions::remove(std::string_view id) {
  return std::erase_if(sessions_, [&](const Session& one) { return one.id == id; }) > 0;
}

bool Sessions::uses(std::string_view kernel_id) const {
  return std::ranges::find(sessions_, kernel_id, &Session::kernel_id) != sessions_.end();
}

void Sessions::remove_kernel(std::string_view kernel_id) {
  std::erase_if(sessions_, [&](const Session& one) { return one.kernel_id == kernel_id; });
}

}  // namespace cloister::kernels
