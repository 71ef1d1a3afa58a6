// SPDX-License-Identifier: Apache-2.0
// Which document speaks to which kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::kernels {

struct Session {
  std::string id;
  std::string path;  // of the document
  std::string name;
  std::string type;  // "notebook", "console", "file" …
  std::string kernel_id;
};

// Plain values; on the loop's thread.
class Sessions {
 public:
  const std::vector<Session>& all() const { return sessions_; }
  Session* find(std::string_view id);
  Session* find_path(std::string_view path);
  Session& add(Session session);
  bool remove(std::string_view id);
  // Whether another session uses the kernel too.
  bool uses(std::string_view kernel_id) const;
  void remove_kernel(std::string_view kernel_id);

 private:
  std::vector<Session> sessions_;
};

}  // namespace cloister::kernels
