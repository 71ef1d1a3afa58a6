// SPDX-License-Identifier: Apache-2.0
// What the vault holds: datasets and their versions. Sealed under the vault key on disk.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/base/result.hpp"
#include "cloister/crypto/hash.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloister::vault {

struct Column {
  std::string name;
  std::string type;  // DuckDB's name of it
};

struct DatasetVersion {
  std::string dataset;        // name
  std::uint64_t version = 0;  // from 1
  std::string file_id;        // name of the sealed file below vault/datasets
  std::string dataset_id;     // the same for all versions of a dataset; a rename keeps it
  std::uint64_t rows = 0;
  std::vector<Column> columns;
  std::uint64_t bytes_in = 0;      // of what was imported
  std::uint64_t bytes_stored = 0;  // of the sealed file
  crypto::Hash root{};             // of its manifest
  base::WallTime created;
  std::string description;           // free text, e.g. "generated identity columns: …"
  std::vector<std::string> lineage;  // "name@version" it was made from
};

// A name is 1 to 128 bytes: letters, digits, '_', '-', starting with a letter or '_'; compared
// case-insensitively.
base::Result<std::string> parse_dataset_name(const std::string& text);

struct DatasetReference {
  std::string name;
  std::optional<std::uint64_t> version;  // nothing: the newest
};
// "patients" or "patients@3".
base::Result<DatasetReference> parse_dataset_reference(const std::string& text);

}  // namespace cloister::vault
