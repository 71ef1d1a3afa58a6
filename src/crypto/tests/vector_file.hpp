// SPDX-License-Identifier: Apache-2.0
// Reads tests/vectors/crypto/*.txt (see tests/vectors/README.md).
#pragma once

#include "cloister/base/bytes.hpp"
#include "cloister/base/check.hpp"

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace cloister::crypto {

class VectorCase {
 public:
  bool has(const std::string& name) const { return values_.contains(name); }
  // A missing name or a byte string that is not hexadecimal is damage to the file: it aborts.
  const std::string& text(const std::string& name) const { return values_.at(name); }
  std::uint64_t number(const std::string& name) const { return std::stoull(text(name)); }
  base::Bytes bytes(const std::string& name) const {
    auto bytes = base::from_hex(text(name));
    CLOISTER_CHECK(bytes.has_value());
    return *bytes;
  }
  bool empty() const { return values_.empty(); }
  void set(std::string name, std::string value) {
    CLOISTER_CHECK(values_.emplace(std::move(name), std::move(value)).second);
  }

 private:
  std::map<std::string, std::string> values_;
};

inline std::vector<VectorCase> read_vectors(const std::string& name) {
  std::ifstream file(CLOISTER_SOURCE_DIR "/tests/vectors/crypto/" + name);
  CLOISTER_CHECK(file.is_open());
  std::vector<VectorCase> cases(1);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      if (!cases.back().empty()) cases.emplace_back();
      continue;
    }
    auto equals = line.find(" =");
    CLOISTER_CHECK(equals != std::string::npos);
    cases.back().set(line.substr(0, equals),
                     line.size() > equals + 3 ? line.substr(equals + 3) : "");
  }
  if (cases.back().empty()) cases.pop_back();
  return cases;
}

}  // namespace cloister::crypto
