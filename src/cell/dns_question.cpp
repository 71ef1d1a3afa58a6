// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/dns_question.hpp"

#include "cloister/cell/errors.hpp"

#include <fmt/format.h>

namespace cloister::cell {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::size_t label_bytes_max = 63;

std::unexpected<base::Error> bad(const char* why) {
  return base::fail(errors::bad_question, why);
}

std::uint16_t word(base::ByteView message, std::size_t at) {
  return base::load_big_endian<std::uint16_t>(message.data() + at);
}

void append_printable(std::string& name, std::byte byte) {
  auto character = std::to_integer<unsigned char>(byte);
  if (character == '.' || character == '\\') {
    name += '\\';
    name += static_cast<char>(character);
  } else if (character > 0x20 && character < 0x7f && character != '"') {
    name += static_cast<char>(character);
  } else {
    name += fmt::format("\\{:03}", character);
  }
}

}  // namespace

base::Result<DnsQuestion> parse_dns_question(base::ByteView message) {
  if (message.size() < header_bytes) return bad("shorter than a header");
  if ((std::to_integer<unsigned>(message[2]) & 0xf8) != 0) return bad("not a standard question");
  if (word(message, 4) != 1) return bad("not exactly one question");
  DnsQuestion question;
  std::size_t at = header_bytes;
  for (;;) {
    if (at >= message.size()) return bad("the name does not end");
    auto size = std::to_integer<std::size_t>(message[at++]);
    if (size == 0) break;
    if (size > label_bytes_max) return bad("a label is too long or compressed");
    if (at + size > message.size()) return bad("a label does not end");
    if (at + size - header_bytes > dns_name_bytes_max) return bad("the name is too long");
    if (!question.name.empty()) question.name += '.';
    for (std::size_t i = 0; i < size; ++i) append_printable(question.name, message[at + i]);
    at += size;
  }
  if (at + 4 > message.size()) return bad("the question does not end");
  question.type = word(message, at);
  question.bytes = at + 4;
  return question;
}

base::Bytes answer_dns_question(base::ByteView message, const DnsQuestion& question,
                                std::uint32_t ipv4) {
  base::ByteView repeated = message.first(question.bytes);
  base::Bytes answer(repeated.begin(), repeated.end());
  auto recursion_desired = answer[2] & std::byte{1};
  answer[2] = std::byte{0x84} | recursion_desired;  // an answer, authoritative
  answer[3] = std::byte{0x80};                      // recursion available, no error
  for (std::size_t i = 6; i < header_bytes; ++i) answer[i] = std::byte{0};
  if (ipv4 == 0) return answer;
  answer[7] = std::byte{1};
  constexpr std::size_t record_bytes = 16;
  std::size_t at = answer.size();
  answer.resize(at + record_bytes);
  std::byte* out = answer.data() + at;
  base::store_big_endian<std::uint16_t>(out, 0xc000 | header_bytes);  // the name asked for
  base::store_big_endian<std::uint16_t>(out + 2, dns_type_a);
  base::store_big_endian<std::uint16_t>(out + 4, 1);  // class IN
  base::store_big_endian<std::uint32_t>(out + 6, 1);  // seconds to live
  base::store_big_endian<std::uint16_t>(out + 10, 4);
  base::store_big_endian<std::uint32_t>(out + 12, ipv4);
  return answer;
}

}  // namespace cloister::cell
