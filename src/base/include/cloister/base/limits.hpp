// SPDX-License-Identifier: Apache-2.0
// Every parser, queue and frame has its limit here, so that a reviewer sees them on one page.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cloister::base::limits {

inline constexpr std::size_t json_bytes_max = 4u << 20;
inline constexpr std::size_t json_depth_max = 32;
inline constexpr std::size_t frame_header_bytes_max = 4u << 20;
inline constexpr std::uint64_t frame_body_bytes_max = 64u
                                                      << 20;  // larger results travel in a memfd
inline constexpr std::size_t frame_descriptors_max = 64;
inline constexpr std::size_t passphrase_bytes_max = 1024;
inline constexpr std::size_t sql_bytes_max = 1u << 20;
inline constexpr std::size_t dataset_name_bytes_max = 128;
inline constexpr std::size_t ledger_entry_bytes_max = 64u << 10;
inline constexpr std::size_t columns_max = 10'000;
inline constexpr std::size_t column_name_bytes_max = 4096;

// What code in a cell may say through its door, and how much of a run is kept.
inline constexpr std::size_t door_header_bytes_max = 2u << 20;      // holds one statement, escaped
inline constexpr std::uint64_t door_body_bytes_max = 16u << 20;     // one display output
inline constexpr std::uint64_t door_table_bytes_max = 64ull << 30;  // one table in a memory file
inline constexpr std::size_t door_requests_at_once_max = 8;  // more wait in the socket's backlog
inline constexpr std::size_t run_source_bytes_max = 16u << 20;
inline constexpr std::size_t run_arguments_max = 1000;
inline constexpr std::size_t run_stream_bytes_max = 16u << 20;  // of stdout and stderr, each
inline constexpr std::size_t run_outputs_max = 1000;
inline constexpr std::size_t run_output_bytes_max = 64u << 20;  // of all outputs of a run
inline constexpr std::size_t run_attempts_max = 10'000;

// Notebooks and files of the workspace, as a browser reads and saves them.
inline constexpr std::size_t notebook_bytes_max = 256u << 20;
inline constexpr std::size_t notebook_depth_max = 200;  // figures nest deeper than our own messages
inline constexpr std::size_t notebook_values_max = 10'000'000;
inline constexpr std::size_t notebook_digits_max = 4300;             // of one integer, as in Python
inline constexpr std::uint64_t file_content_bytes_max = 256u << 20;  // of one file in a model
inline constexpr std::uint64_t folder_copy_bytes_max = 500ull << 20;
inline constexpr std::size_t folder_copy_entries_max = 100'000;
inline constexpr std::size_t folder_copy_depth_max = 64;
inline constexpr std::size_t folder_entries_max = 1'000'000;  // of one listing
inline constexpr std::size_t uploads_at_once_max = 64;
inline constexpr std::size_t trusted_notebooks_max = 65'536;

}  // namespace cloister::base::limits
