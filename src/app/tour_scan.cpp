// SPDX-License-Identifier: Apache-2.0
#include "tour_scan.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace cloister::app {
namespace {

constexpr std::uint64_t demo_bytes_max = 64u << 20;
constexpr std::size_t block_bytes = 64u << 10;
// DuckDB's header is plain by design: magic, version, salt and zeroes, no data.
constexpr std::size_t header_bytes = 12288;

std::int64_t uneven_blocks(base::ByteView bytes) {
  std::int64_t uneven = 0;
  for (std::size_t at = header_bytes; at + block_bytes <= bytes.size(); at += block_bytes)
    uneven += evenly_spread(bytes.subspan(at, block_bytes)) ? 0 : 1;
  return uneven;
}

}  // namespace

bool evenly_spread(base::ByteView block) {
  std::array<std::int64_t, 256> counts{};
  for (std::byte byte : block) ++counts[std::to_integer<std::size_t>(byte)];
  double expected = static_cast<double>(block.size()) / 256;
  double chi_square = 0;
  for (std::int64_t count : counts) {
    double difference = static_cast<double>(count) - expected;
    chi_square += difference * difference / expected;
  }
  return chi_square < 450;
}

base::Result<Scan> scan_folder(io::Disk& disk, const io::Path& folder,
                               const std::vector<std::string>& needles) {
  Scan scan;
  std::set<std::string> found;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file() || it->is_symlink()) continue;
    CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, it->path(), 4ull << 30));
    ++scan.files;
    scan.bytes += static_cast<std::int64_t>(bytes.size());
    std::string_view text = base::as_text(bytes);
    for (const std::string& needle : needles)
      if (text.find(needle) != std::string_view::npos) found.insert(needle);
    if (it->path().filename() == "data.duckdb") scan.uneven_blocks += uneven_blocks(bytes);
  }
  scan.found.assign(found.begin(), found.end());
  return scan;
}

base::Result<std::vector<std::string>> sample_values(io::Disk& disk, const io::Path& csv,
                                                     std::size_t columns, std::size_t count) {
  CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, csv, demo_bytes_max));
  CLOISTER_TRY(std::int64_t rows, count_rows(disk, csv));
  auto every =
      std::max<std::int64_t>(1, rows / static_cast<std::int64_t>(std::max<std::size_t>(1, count)));
  std::string_view text = base::as_text(bytes);
  std::vector<std::string> values;
  for (std::int64_t row = -1; !text.empty(); ++row) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (row < 0 || row % every != 0 || values.size() >= count * columns) continue;
    for (std::size_t column = 0; column < columns; ++column) {
      std::string_view value = line.substr(0, line.find(','));
      values.emplace_back(value);
      line.remove_prefix(std::min(line.size(), value.size() + 1));
    }
  }
  return values;
}

base::Result<std::int64_t> count_rows(io::Disk& disk, const io::Path& csv) {
  CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, csv, demo_bytes_max));
  return std::ranges::count(bytes, std::byte{'\n'}) - 1;
}

}  // namespace cloister::app
