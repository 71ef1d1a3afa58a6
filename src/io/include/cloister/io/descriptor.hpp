// SPDX-License-Identifier: Apache-2.0
// One open file descriptor with one owner.
#pragma once

#include "cloister/base/result.hpp"

#include <utility>

namespace cloister::io {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void close();
  base::Result<Descriptor> duplicate() const;  // close-on-exec, as every descriptor of ours

 private:
  int number_ = -1;
};

struct DescriptorPair {
  Descriptor first;
  Descriptor second;
};

// A connected pair of AF_UNIX stream sockets, close-on-exec.
base::Result<DescriptorPair> socket_pair();
base::Result<DescriptorPair> pipe();  // first reads, second writes

}  // namespace cloister::io
