// SPDX-License-Identifier: Apache-2.0
// The target of a request line: a path and a query, decoded once and checked once.
#pragma once

#include "cloister/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloister::http {

inline constexpr std::size_t target_bytes_max = 8192;
inline constexpr std::size_t query_parameters_max = 256;

// Names and values in their order; a name may occur more than once.
class Parameters {
 public:
  std::optional<std::string_view> find(std::string_view name) const;  // the first
  std::string_view get(std::string_view name) const;                  // empty when there is none
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Target {
  // Decoded, one for each part between slashes: a part that was sent with %2F holds a slash.
  std::vector<std::string> segments;
  std::string path;  // "/" + the segments, joined by slashes
  Parameters query;
};

// http.bad-target for anything but `/path?query` with whole percent escapes, valid UTF-8, no NUL
// and no "." or ".." between slashes, whether the slashes or dots were escaped or not.
// SECURITY: no path leaves the tree in which it is looked up
// (test: Target.NoTraversalInAnyDisguise).
base::Result<Target> parse_target(std::string_view raw);

// `a=1&b=x%20y`, as in queries and forms: + is a space.
base::Result<Parameters> parse_parameters(std::string_view text);

// http.bad-target for an escape that is not whole.
base::Result<std::string> percent_decoded(std::string_view text);
// Everything but unreserved characters and slashes is escaped.
std::string percent_encoded(std::string_view text);

}  // namespace cloister::http
