// SPDX-License-Identifier: Apache-2.0
// What code in a cell tried and was refused.
#pragma once

#include "cloister/base/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace cloister::cell {

struct Attempt {
  base::WallTime time;
  std::string cell;       // CellSpec::name
  std::string notebook;   // CellSpec::notebook
  std::int64_t pid = 0;   // in the host's numbering
  std::string program;    // from /proc, shortened and printable
  std::string operation;  // connect, sendto, sendmsg, sendmmsg, bind, socket, dns, or the name of a
                          // system call
  std::string family;     // inet, inet6, netlink, vsock, packet …; empty for other system calls
  std::string address;
  std::int64_t port = 0;
  std::string host;                 // when a DNS question told the name
  std::string verdict = "refused";  // or "sinkholed" for a DNS question
  std::uint64_t count = 1;          // how many alike were folded into this one
};

using AttemptSink = std::function<void(const Attempt&)>;  // called from a thread of the cell's

}  // namespace cloister::cell
