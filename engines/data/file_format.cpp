// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_errors.hpp"

#include "import.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;
using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view what;
};
constexpr Magic magics[] = {{"PAR1"sv, "a Parquet file"},
                            {"\x1f\x8b"sv, "compressed by gzip"},
                            {"\x28\xb5\x2f\xfd"sv, "compressed by zstd"},
                            {"BZh"sv, "compressed by bzip2"},
                            {"\xfd"
                             "7zXZ"sv,
                             "compressed by xz"},
                            {"PK\x03\x04"sv, "a ZIP or Office file"},
                            {"SQLite format 3\0"sv, "an SQLite file"},
                            {"ARROW1"sv, "an Arrow file"},
                            {"%PDF"sv, "a PDF file"},
                            {"\x7f"
                             "ELF"sv,
                             "a program"},
                            {"\xff\xfe"sv, "text in UTF-16"},
                            {"\xfe\xff"sv, "text in UTF-16"}};

const Magic* magic_of(std::string_view start) {
  for (const Magic& magic : magics)
    if (start.starts_with(magic.bytes)) return &magic;
  return nullptr;
}

std::optional<FileFormat> format_of_name(std::string name) {
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  constexpr std::pair<std::string_view, FileFormat> endings[] = {
      {".csv", FileFormat::csv},   {".txt", FileFormat::csv},         {".tsv", FileFormat::tsv},
      {".tab", FileFormat::tsv},   {".ndjson", FileFormat::json},     {".jsonl", FileFormat::json},
      {".json", FileFormat::json}, {".parquet", FileFormat::parquet}, {".pq", FileFormat::parquet}};
  for (const auto& [ending, format] : endings)
    if (name.ends_with(ending)) return format;
  return std::nullopt;
}

std::optional<FileFormat> format_of_word(const std::string& word) {
  constexpr std::pair<std::string_view, FileFormat> words[] = {
      {"csv", FileFormat::csv},   {"tsv", FileFormat::tsv},         {"ndjson", FileFormat::json},
      {"json", FileFormat::json}, {"parquet", FileFormat::parquet}, {"arrow", FileFormat::arrow}};
  for (const auto& [name, format] : words)
    if (word == name) return format;
  return std::nullopt;
}

}  // namespace

base::Result<FileFormat> detect_format(const std::string& file_name, const std::string& format,
                                       std::string_view start) {
  std::optional<FileFormat> named =
      format.empty() ? format_of_name(file_name) : format_of_word(format);
  const Magic* magic = magic_of(start);
  const bool parquet = magic != nullptr && magic->bytes == "PAR1";
  if (!format.empty() && !named)
    return base::fail(errors::bad_type, "this format is not known",
                      "the formats are csv, tsv, ndjson, parquet");
  if (named == FileFormat::arrow) return *named;
  if (!named && parquet) return FileFormat::parquet;
  if (!named && magic == nullptr)
    return base::fail(errors::not_a_table, "the name does not tell what the file is",
                      "names end in .csv, .tsv, .ndjson or .parquet");
  if (named == FileFormat::parquet && !parquet)
    return base::fail(errors::not_a_table, "the file is not a Parquet file, as its name says");
  if (magic != nullptr && named != FileFormat::parquet)
    return base::fail(errors::not_a_table,
                      fmt::format("the file is {}, not what its name says", magic->what),
                      "unpack or convert it first, or correct its name");
  return *named;
}

}  // namespace cloister::data
