// SPDX-License-Identifier: Apache-2.0
// Small JSON files of the front end, of extensions and of people.
#pragma once

#include "cloister/io/disk.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::lab {

namespace json = boost::json;

inline constexpr std::uint64_t json_file_bytes_max = 4u << 20;

// JSON5, a superset of JSON.
base::Result<json::object> read_json_file(const io::Path& path);

// `change` over `base`, member by member where both are objects.
void merge(json::object& base, const json::object& change);

// {"last_modified", "created"} as RFC 3339, or nulls when there is no file.
void add_times(json::object& into, const io::Path& path);

}  // namespace cloister::lab
