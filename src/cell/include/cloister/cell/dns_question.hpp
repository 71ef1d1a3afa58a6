// SPDX-License-Identifier: Apache-2.0
// Questions to the DNS sinkhole: a pure parser of one message (RFC 1035 §4), and its answer.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"

#include <cstdint>
#include <string>

namespace cloister::cell {

inline constexpr std::size_t dns_message_bytes_max = 4096;
inline constexpr std::size_t dns_name_bytes_max = 255;  // RFC 1035 §2.3.4
inline constexpr std::uint16_t dns_type_a = 1;
inline constexpr std::uint16_t dns_type_aaaa = 28;

struct DnsQuestion {
  std::string name;  // printable; other bytes as \DDD (RFC 1035 §5.1), a dot inside a label as "\."
  std::uint16_t type = 0;
  std::size_t bytes = 0;  // header and question section, to be repeated in the answer
};

// One question, no compression, no answers; what follows (EDNS) is not looked at.
base::Result<DnsQuestion> parse_dns_question(base::ByteView message);

// Repeats the question; with `ipv4` != 0 one A record of a second's life, else none.
base::Bytes answer_dns_question(base::ByteView message, const DnsQuestion& question,
                                std::uint32_t ipv4);

}  // namespace cloister::cell
