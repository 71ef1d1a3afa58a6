// SPDX-License-Identifier: Apache-2.0
// What a kernel of the studio gets through its door, for as long as it runs.
#pragma once

#include "cloister/api/studio.hpp"
#include "cloister/io/descriptor.hpp"

#include <memory>
#include <string>

namespace cloister::api {

// Thread-safe. Its end closes the door and forgets the kernel's grants.
class KernelData {
 public:
  static std::shared_ptr<KernelData> open(Studio& studio, const std::string& kernel,
                                          const std::string& path);
  virtual ~KernelData() = default;
  virtual void take(io::Descriptor connection) = 0;
};

}  // namespace cloister::api
