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

}  // namespace cloister::base::limits
