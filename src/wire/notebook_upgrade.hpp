// SPDX-License-Identifier: Apache-2.0
// From older notebooks to newer ones (nbformat/v4/convert.py), and the ids of cells.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/base/result.hpp"
#include "cloister/wire/notebook_node.hpp"

namespace cloister::wire {

std::string new_cell_id(base::Random& random);  // 8 hexadecimal digits
// Where the version has ids (4.5): made where they are missing, made anew where one repeats.
void repair_cell_ids(NotebookNode& notebook, base::Random& random);

// Version 3, its lines joined, becomes 4.5. An error names what is missing.
base::Outcome upgrade_worksheets(NotebookNode& notebook, base::Random& random);

}  // namespace cloister::wire
