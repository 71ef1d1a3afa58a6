// SPDX-License-Identifier: Apache-2.0
// Paths as the API names them: relative to the root, "/" between names, "" is the root.
#pragma once

#include "cloister/base/result.hpp"

#include <string>
#include <string_view>

namespace cloister::contents {

class ApiPath {
 public:
  ApiPath() = default;  // the root
  // Percent-decoded text; slashes at both ends and double ones do not count. Refuses "." and "..",
  // NUL and invalid UTF-8 (contents.outside) and names over 255 bytes (contents.bad-name).
  // SECURITY: no accepted path has a way up in it (test: ApiPath.RefusesEveryWayUp).
  static base::Result<ApiPath> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool root() const { return text_.empty(); }
  bool hidden() const;            // a name in it begins with "."
  std::string_view name() const;  // the last one; "" for the root
  ApiPath parent() const;
  ApiPath child(std::string_view name) const;  // `name` is one that a folder listed or parse took
  bool inside(const ApiPath& folder) const;    // at any depth; a path is not inside itself

  bool operator==(const ApiPath&) const = default;

 private:
  std::string text_;
};

}  // namespace cloister::contents
