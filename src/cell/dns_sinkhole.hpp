// SPDX-License-Identifier: Apache-2.0
// Answers every name with an address of its own out of 198.18.0.0/15 (RFC 2544, never routed), so
// that a later attempt to reach it can be told by name.
#pragma once

#include "cloister/cell/dns_question.hpp"
#include "cloister/io/descriptor.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cloister::cell {

class DnsSinkhole {
 public:
  using Asked = std::function<void(const std::string& name)>;
  // Sockets bound to port 53 of the cell's loopback: datagrams, and a listener for streams.
  DnsSinkhole(io::Descriptor datagrams, io::Descriptor listener, Asked asked)
      : datagrams_(std::move(datagrams)),
        listener_(std::move(listener)),
        asked_(std::move(asked)) {}

  int datagrams() const { return datagrams_.number(); }
  int listener() const { return listener_.number(); }
  // Never block; at most some tens of messages per call.
  void serve_datagrams();
  void serve_stream();

  // The name that was answered with this address; empty when none was.
  std::string name_behind(std::uint32_t ipv4) const;

 private:
  base::Bytes answer(base::ByteView message);
  std::uint32_t address_for(const std::string& name);

  io::Descriptor datagrams_;
  io::Descriptor listener_;
  Asked asked_;
  std::unordered_map<std::string, std::uint32_t> addresses_;
  std::vector<std::string> names_;
};

}  // namespace cloister::cell
