// SPDX-License-Identifier: Apache-2.0
// The first way in which a notebook breaks its schema, in the words of Python's jsonschema.
#pragma once

#include "cloister/wire/notebook_node.hpp"

namespace cloister::wire {

struct SchemaProblem {
  std::string message;  // 'source' is a required property
  std::string path;     // ['cells'][0]
  const NotebookNode* instance = nullptr;
};

std::optional<SchemaProblem> find_schema_problem(const NotebookNode& notebook);

}  // namespace cloister::wire
