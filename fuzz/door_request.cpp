// SPDX-License-Identifier: Apache-2.0
// Door messages come from foreign code. The first two bytes choose the body and the descriptors.
#include "cloister/base/limits.hpp"
#include "cloister/wire/door.hpp"

#include <cstdlib>

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view header(reinterpret_cast<const char*>(data) + 2, size - 2);
  auto request = wire::parse_door_request(header, data[0], data[1]);
  if (!request) {
    if (wire::encode_door_error(request.error()).empty()) std::abort();
    return 0;
  }
  // What was accepted keeps the promises that the server relies on.
  if (const auto* read = std::get_if<wire::DoorRead>(&*request))
    if (read->dataset.empty() || read->columns.size() > base::limits::columns_max) std::abort();
  if (std::holds_alternative<wire::DoorSave>(*request) != (data[1] == 1)) std::abort();
  if (!std::holds_alternative<wire::DoorDisplay>(*request) && data[0] != 0) std::abort();
  return 0;
}
