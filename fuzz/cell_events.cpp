// SPDX-License-Identifier: Apache-2.0
// What a supervisor tells and what it is told: the first byte says which of the two.
#include "cloister/cell/attach.hpp"
#include "cloister/cell/event_json.hpp"
#include "cloister/cell/spec_json.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    if (auto event = cell::event_from_json(text)) cell::event_to_json(*event);
    if (auto event = cell::attach::event_from_json(text)) cell::attach::to_json(*event);
    if (auto order = cell::attach::order_from_json(text)) cell::attach::to_json(*order);
    return 0;
  }
  io::Frame frame;
  frame.header = text;
  if (auto request = cell::request_from_frame(std::move(frame)))
    cell::to_frame(request->spec, request->numbers);
  return 0;
}
