// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/wire/notebook_node.hpp"

namespace cloister::wire {

// repr() of a value, as messages about schemas name it; cut after about `bytes_max` bytes.
std::string python_repr(const NotebookNode& node, std::size_t bytes_max = 1000);
std::string python_text_repr(std::string_view text);

}  // namespace cloister::wire
