// SPDX-License-Identifier: Apache-2.0
// Notices that a kernel's "idle" got lost: its reply came, then silence. (A kernel drops what its
// iopub socket has no room for, and says nothing.)
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/io/deadline.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace cloister::cell {

// Belongs to one thread. Bounded: more requests than are remembered are not watched.
class IdleWatch {
 public:
  using Time = io::Deadline;
  explicit IdleWatch(std::chrono::milliseconds patience) : patience_(patience) {}

  void requested(const std::string& id, base::ByteView header);
  void replied(const std::string& id, Time now);
  void idle(const std::string& id);
  void heard(Time now) { last_heard_ = now; }  // anything on iopub

  Time due() const;  // io::no_deadline: nothing is missing
  // The headers of requests whose "idle" is lost; each is told once.
  std::vector<base::Bytes> lost(Time now);

 private:
  struct Request {
    base::Bytes header;
    Time replied = io::no_deadline;
    bool idle = false;
  };
  std::chrono::milliseconds patience_;
  std::map<std::string, Request> requests_;
  Time last_heard_{};
};

}  // namespace cloister::cell
