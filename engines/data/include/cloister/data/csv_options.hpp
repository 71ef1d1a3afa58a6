// SPDX-License-Identifier: Apache-2.0
// How a CSV or TSV file is read, decided on its first bytes. Pure; the fuzz target csv_options.
//
// RFC 4180: '"' quotes, '""' is a quote inside. The delimiter is ',' ';' tab or '|': the one that
// cuts the first row into the most fields with every following row of the sample cut into as many.
// The first row names the columns, unless all of its fields are numbers: then there are no names
// and it is data. A name that is empty becomes column<N>, one that comes again <name>_2 (names are
// compared without case).
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/data/exact_values.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloister::data {

// The sample is this much of the file, or all of it.
inline constexpr std::size_t csv_sample_bytes = 1u << 20;

struct CsvColumn {
  std::string name;
  ExactType type = ExactType::text;  // what all values of the sample fit
  bool seen = false;                 // the sample has a value of it
};

struct CsvOptions {
  char delimiter = ',';
  bool header = true;
  bool byte_order_mark = false;
  std::vector<CsvColumn> columns;
};

// `whole` says that the sample is the whole file. data.empty, data.not-a-table (a binary file, no
// row within the sample, too many columns, a name that cannot be one), data.bad-row (with line).
base::Result<CsvOptions> csv_options(std::string_view sample, bool whole, bool tab_separated);

// Clear, distinct names for the fields of a header.
std::vector<std::string> column_names(const std::vector<std::string>& fields);

}  // namespace cloister::data
