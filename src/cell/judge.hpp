// SPDX-License-Identifier: Apache-2.0
// What the recorder answers to one notification: a pure function of the call's arguments and the
// caller's memory, so that tests can put every case to it.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/cell/cell.hpp"

#include "socket_address.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cloister::cell {

struct Call {
  int number = 0;
  std::array<std::uint64_t, 6> arguments{};
};

// Copies from the caller's memory; false when it cannot all be read.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual bool read(std::uint64_t address, std::span<std::byte> into) = 0;
};

// One line of the record.
struct Refused {
  std::string operation;
  SocketAddress address;
};

struct Judgement {
  int error = 0;           // 0: let the kernel go on with the call
  bool pretended = false;  // with error 0: say that it was done, and do nothing
  std::vector<Refused> refused;
  // The address of a connect that may be: the supervisor does it (connector.hpp).
  base::Bytes connects_to;
  bool asks_sinkhole = false;  // goes to port 53 of the cell's own loopback
};

class Judge {
 public:
  explicit Judge(Profile profile) : profile_(profile) {}

  // SECURITY: only what the namespace keeps inside anyway goes on; the caller may change its memory
  // after we looked, and then meets a namespace without a route. The recorder can lose a line that
  // way, never a byte (test: test_a_changed_address_meets_no_route). No namespace keeps Unix
  // sockets with a path apart: connect never goes on, and no cell has a socket that sends to a path
  // without.
  Judgement judge(const Call& call, Memory& memory);

 private:
  Judgement judge_execution(const Call& call);
  Judgement judge_call(const Call& call, Memory& memory);

  Profile profile_;
  bool executed_ = false;
};

}  // namespace cloister::cell
