// SPDX-License-Identifier: Apache-2.0
// Questions to the sinkhole come from code in a cell: any bytes.
#include "cloister/cell/dns_question.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  base::ByteView message(reinterpret_cast<const std::byte*>(data), size);
  auto question = cell::parse_dns_question(message);
  if (!question) return 0;
  if (question->bytes > size || question->name.size() > 4 * cell::dns_name_bytes_max) std::abort();
  for (char character : question->name)
    if (character <= 0x20 || character >= 0x7f) std::abort();
  if (cell::answer_dns_question(message, *question, 1).size() != question->bytes + 16) std::abort();
  return 0;
}
