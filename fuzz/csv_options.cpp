// SPDX-License-Identifier: Apache-2.0
// The decision how a CSV file is read: any first bytes must give options that hold together, or an
// error; never a crash, never names that DuckDB would refuse.
#include "cloister/data/csv_options.hpp"

#include "cloister/base/check.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>

using namespace cloister::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool whole : {true, false})
    for (const bool tabs : {true, false}) {
      auto options = csv_options(text, whole, tabs);
      if (!options) {
        CLOISTER_CHECK(!options.error().message.empty());
        continue;
      }
      CLOISTER_CHECK(!options->columns.empty());
      std::set<std::string> names;
      for (const CsvColumn& column : options->columns) {
        std::string lower = column.name;
        std::ranges::transform(lower, lower.begin(), [](char c) {
          return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        CLOISTER_CHECK(!column.name.empty() && names.insert(lower).second);
        CLOISTER_CHECK(column.seen || column.type == ExactType::text);
      }
    }
  (void)fitting_types(text.substr(0, 64));
  return 0;
}
