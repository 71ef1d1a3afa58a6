// SPDX-License-Identifier: Apache-2.0
// Looking for plain text where none may be.
#pragma once

#include "cloister/io/disk.hpp"

#include <string>
#include <vector>

namespace cloister::app {

struct Scan {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> found;  // needles that stand somewhere, each once
  // Blocks of 64 KiB in sealed datasets whose bytes are not spread evenly, as those of a cipher
  // are: compressed plain text would hide a needle, but not its unevenness.
  std::int64_t uneven_blocks = 0;
};

// Reads every regular file below `folder`. Files named data.duckdb are also tested for evenness.
base::Result<Scan> scan_folder(io::Disk& disk, const io::Path& folder,
                               const std::vector<std::string>& needles);

// Whether a block looks like cipher text: Pearson's chi-square of its byte counts against the
// uniform distribution stays below 450, which 255 degrees of freedom exceed once in 10^12 blocks.
bool evenly_spread(base::ByteView block);

// Every n-th row's values of the given columns of a CSV file without quotes, `count` rows.
base::Result<std::vector<std::string>> sample_values(io::Disk& disk, const io::Path& csv,
                                                     std::size_t columns, std::size_t count);
base::Result<std::int64_t> count_rows(io::Disk& disk, const io::Path& csv);  // without the header

}  // namespace cloister::app
