// SPDX-License-Identifier: Apache-2.0
// What the server and cloister-data say to each other. Pure: text and bytes in, structs out.
//
//   server → worker   import (one for a worker) · analyse · query · cancel
//   worker → server   progress* then imported · analysis · answer · failure
//
// Keys and block hashes travel in the body of a frame, not in its JSON header, so that nothing that
// prints a header can print a key. Descriptors travel beside it, in the order that is said here.
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/result.hpp"
#include "cloister/base/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cloister::wire::data {

using BlockHash = std::array<std::byte, 32>;

// A frame without its descriptors. The body can hold keys: base::wipe it when it was sent.
struct Packet {
  std::string header;
  base::Bytes body;
};

struct Column {
  std::string name;
  std::string type;  // DuckDB's name of it
  bool operator==(const Column&) const = default;
};

// One sealed file; its descriptor travels beside it.
struct SealedTable {
  std::string name{};       // as a statement names it
  std::string file_id{};    // of the version: the same name can come to mean another file
  base::SecretBytes key{};  // 32 bytes
  std::vector<BlockHash> block_hashes{};
};

// Descriptors: the source, then the old version's file when `append_to` is set.
struct ImportRequest {
  std::string file_name{};  // for the format and for messages
  std::string format{};     // "" detects; csv, tsv, ndjson, parquet, arrow
  std::vector<std::pair<std::string, std::string>> types{};
  base::SecretBytes key{};  // of the version that is made
  std::optional<SealedTable> append_to{};
};
struct AnalyseRequest {
  std::string sql{};
};
// Descriptors: one for each table.
struct QueryRequest {
  std::string sql{};
  std::uint64_t row_limit = 0;
  bool arrow = false;
  std::vector<SealedTable> tables{};
};
struct CancelRequest {};
using Request = std::variant<ImportRequest, AnalyseRequest, QueryRequest, CancelRequest>;

Packet encode(const ImportRequest& request);
Packet encode(const AnalyseRequest& request);
Packet encode(const QueryRequest& request);
Packet encode(const CancelRequest& request);
// wire.bad-message for anything that is not one of them, or that names more keys, hashes or
// descriptors than came.
base::Result<Request> decode_request(std::string_view header, base::ByteView body,
                                     std::size_t descriptors);

struct ProgressReply {
  std::string what{};
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
struct ImportedReply {
  std::uint64_t rows = 0;
  std::uint64_t bytes_in = 0;
  std::vector<Column> columns{};
};
struct AnalysisReply {
  std::string refusal{};  // empty: one statement that only reads
  std::vector<std::string> names{};
};
// The rows are the body (JSON: [[…],…]) or one descriptor (an Arrow IPC stream in sealed memory).
struct AnswerReply {
  std::vector<Column> columns{};
  std::uint64_t rows = 0;
  bool truncated = false;
  std::uint64_t microseconds = 0;
};
struct FailureReply {
  base::Error error;
};
using Reply = std::variant<ProgressReply, ImportedReply, AnalysisReply, AnswerReply, FailureReply>;

std::string encode(const ProgressReply& reply);
std::string encode(const ImportedReply& reply);
std::string encode(const AnalysisReply& reply);
std::string encode(const AnswerReply& reply);
std::string encode(const FailureReply& reply);
base::Result<Reply> decode_reply(std::string_view header);

}  // namespace cloister::wire::data
