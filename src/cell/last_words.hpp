// SPDX-License-Identifier: Apache-2.0
// The end of what a program wrote to its standard streams: why it could not start, mostly.
#pragma once

#include "cloister/io/descriptor.hpp"

#include <string>

namespace cloister::cell {

// Belongs to one thread. A writer never waits for long: more than is kept is read and dropped.
class LastWords {
 public:
  explicit LastWords(io::Descriptor from);
  const io::Descriptor& descriptor() const { return from_; }  // closed after the end
  void listen();                                              // takes what is there
  std::string text() const;                                   // ASCII, other bytes become '?'

 private:
  io::Descriptor from_;
  std::string kept_;
};

}  // namespace cloister::cell
