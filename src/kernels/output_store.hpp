// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/kernels/run.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace cloister::kernels {

// The display outputs of one run, in the order in which they came. Bounded in number and bytes.
// Thread-safe.
class OutputStore {
 public:
  // kernels.too-much-output, and kernels.bad-output for a text that is not UTF-8.
  base::Outcome add(const std::string& mime, base::ByteView data);
  std::vector<Output> take();

 private:
  std::mutex mutex_;
  std::vector<Output> outputs_;
  std::size_t bytes_ = 0;
};

}  // namespace cloister::kernels
