// SPDX-License-Identifier: Apache-2.0
// Parts of the import that both kinds of files share with CSV.
#pragma once

#include "cloister/data/csv_options.hpp"

#include "database.hpp"

#include <string>
#include <vector>

namespace cloister::data {

// How the columns of a CSV file become columns of the table.
struct CsvPlan {
  CsvOptions options;
  std::vector<ExactType> types;    // by column of the file; text where `asked` is set
  std::vector<std::string> asked;  // SQL type that --types or the old version asks for, or ""
  bool fixed = false;              // the types are the old version's: no surprise is allowed
};

// data.columns-differ unless both have the same names (without case), in any order.
base::Outcome same_columns(const std::vector<Column>& old_columns,
                           const std::vector<Column>& new_columns);

}  // namespace cloister::data
