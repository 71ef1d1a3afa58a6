// SPDX-License-Identifier: Apache-2.0
// Session grants: what a person lets one kernel read, until that kernel ends (architecture §2).
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloister::api {

// Thread-safe. A kernel that nobody opened here has no grants, and gets none.
// SECURITY: a kernel begins with no dataset (test: test_a_kernel_begins_without_data).
class SessionGrants {
 public:
  struct Kernel {
    std::string id;
    std::string path;  // of its document
    std::set<std::string> datasets;
  };

  void open(const std::string& id, const std::string& path);
  void close(const std::string& id);
  void rename(const std::string& id, const std::string& path);    // its document moved
  bool grant(const std::string& id, const std::string& dataset);  // false: no such kernel
  bool revoke(const std::string& id, const std::string& dataset);
  std::vector<std::string> of(const std::string& id) const;
  std::vector<Kernel> all() const;
  // The kernel that a person means: its id, the start of it, or its document.
  std::optional<std::string> find(const std::string& meant) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Kernel> kernels_;
};

}  // namespace cloister::api
