// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <thread>

namespace cloister::kernels {

// Reads one stream of a cell on a thread of its own and keeps its beginning. A writer never has to
// wait: what is more than is kept is read and dropped.
class StreamCapture {
 public:
  static base::Result<std::unique_ptr<StreamCapture>> start(std::size_t bytes_max);
  ~StreamCapture();

  // The end that the cell writes to; close it here once the cell holds its copy.
  io::Descriptor& writer() { return writer_; }

  struct Captured {
    std::string text;  // valid UTF-8, ends with a line that says so when truncated
    bool truncated = false;
  };
  // After the cell's end: reads what is left in the pipe. Waits for nobody, even if a copy of the
  // writing end is still open somewhere.
  Captured finish();

 private:
  StreamCapture(io::DescriptorPair data, io::DescriptorPair wake, std::size_t bytes_max);
  void read_until_woken();
  bool read_what_is_there();  // false at the end of the stream

  io::Descriptor reader_;
  io::Descriptor writer_;
  io::Descriptor wake_reader_;
  io::Descriptor wake_writer_;
  std::size_t bytes_max_;
  std::string kept_;
  bool truncated_ = false;
  std::jthread thread_;
};

}  // namespace cloister::kernels
