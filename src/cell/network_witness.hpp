// SPDX-License-Identifier: Apache-2.0
// The second witness: what the cell's network namespace itself counted.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::cell {

struct NetworkCounters {
  std::uint64_t unrouted = 0;  // packets that found no route (IPv4 and IPv6)
  std::vector<std::string> interfaces;
};

class NetworkWitness {
 public:
  // Opens the counters of the network namespace that `process` is in. They can be read for as long
  // as this lives, also when every process of the namespace is gone.
  static base::Result<NetworkWitness> of(pid_t process);
  NetworkCounters read() const;

 private:
  io::Descriptor snmp_;
  io::Descriptor snmp6_;
  io::Descriptor interfaces_;
};

// Pure parsers of /proc/net/snmp, snmp6 and dev.
std::uint64_t unrouted_in_snmp(std::string_view text);
std::uint64_t unrouted_in_snmp6(std::string_view text);
std::vector<std::string> interfaces_in(std::string_view text);

}  // namespace cloister::cell
