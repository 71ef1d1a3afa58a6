// SPDX-License-Identifier: Apache-2.0
// The messages of the door, the one socket through which code in a cell asks for data
// (docs/formats/frames.md). Pure codecs: what a request means, policy and the vault decide.
#pragma once

#include "cloister/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cloister::wire {

struct DoorListDatasets {};
struct DoorDescribe {
  std::string dataset;  // "patients" or "patients@3"
};
struct DoorRead {
  std::string dataset;
  std::vector<std::string> columns;    // empty: all
  std::optional<std::uint64_t> limit;  // rows
};
struct DoorQuery {
  std::string sql;
};
struct DoorSave {
  std::string name;  // the table comes as a sealed memory file with an Arrow IPC stream
};
struct DoorDisplay {
  std::string mime;  // the output is the frame's body
};

using DoorRequest =
    std::variant<DoorListDatasets, DoorDescribe, DoorRead, DoorQuery, DoorSave, DoorDisplay>;

// One request from the header of a frame whose body has `body_bytes` bytes and which brought
// `descriptors` descriptors. Refuses (wire.bad-message) unknown messages and fields, anything over
// base::limits, names with control characters, a body or descriptors that the message does not
// have. The header comes from foreign code.
base::Result<DoorRequest> parse_door_request(std::string_view header, std::size_t body_bytes,
                                             std::size_t descriptors);

struct DoorColumn {
  std::string name;
  std::string type;
};

// What code in a cell learns of a dataset; the keys are those of `cloister data list` and `show`.
struct DoorDataset {
  std::string dataset;
  std::uint64_t version = 0;
  std::uint64_t rows = 0;
  std::string class_name;           // empty: not classified, null in JSON
  std::string created;              // RFC 3339
  std::vector<DoorColumn> columns;  // a list of datasets only carries their number
};

struct DoorTableSize {
  std::uint64_t rows = 0;
  bool truncated = false;  // by a limit
  double seconds = 0;
};

// Headers of replies. A table's header goes with one descriptor: a sealed memory file with an Arrow
// IPC stream.
std::string encode_door_done();
std::string encode_door_datasets(const std::vector<DoorDataset>& datasets);
std::string encode_door_dataset(const DoorDataset& dataset);
std::string encode_door_table(const DoorTableSize& size);
std::string encode_door_error(const base::Error& error);

}  // namespace cloister::wire
