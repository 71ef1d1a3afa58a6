// SPDX-License-Identifier: Apache-2.0
// Anybody writes notebooks: what is read and written once is stable from then on.
#include "cloister/wire/notebook.hpp"

#include "cloister/base/check.hpp"
#include "cloister/wire/notebook_json.hpp"

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto node = wire::parse_notebook_json(text);
  if (!node) return 0;
  // Compact text means the same, but for what JSON has no number for.
  CLOISTER_CHECK(wire::parse_notebook_json(wire::write_compact(*node)).has_value());
  CLOISTER_CHECK(wire::is_utf8(wire::write_indented(*node)));
  base::SeededRandom random(1);
  auto notebook = wire::read_notebook(text, random);
  if (!notebook) return 0;
  auto written = wire::write_notebook(notebook->content, random);
  if (!written) return 0;
  auto again = wire::read_notebook(written->text, random);
  CLOISTER_CHECK(again.has_value());
  CLOISTER_CHECK(wire::write_notebook(again->content, random)->text == written->text);
  return 0;
}
