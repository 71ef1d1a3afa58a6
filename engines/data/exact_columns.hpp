// SPDX-License-Identifier: Apache-2.0
// The exact_* values as SQL functions, one for each column of an import.
//
// A type is guessed on a sample, and a later value may not fit it. The functions then return NULL
// and remember which types the column can still have; the import throws that attempt away and reads
// the file once more with the wider type. So nothing is lost, whatever comes after the sample, and
// at most two passes are needed.
#pragma once

#include "cloister/data/csv_options.hpp"

#include "database.hpp"

#include <atomic>
#include <deque>
#include <string>
#include <vector>

namespace cloister::data {

const char* sql_type(ExactType type);

class ExactColumns {
 public:
  // Registers a function for each column that is not text. Keep it alive as long as the database.
  static base::Result<std::unique_ptr<ExactColumns>> install(Connection& connection,
                                                             const std::vector<ExactType>& types);
  // "exact_0_3("name")" or the name itself for text.
  std::string expression(std::size_t column, const std::string& name) const;
  // Columns whose values did not all fit, with what they can be instead.
  struct Surprise {
    std::size_t column;
    ExactType type;
  };
  std::vector<Surprise> surprises() const;

  struct State {
    ExactType type = ExactType::text;
    std::atomic<std::uint8_t> fitting{all_types};
    std::atomic<bool> failed{false};
  };

 private:
  std::string function_name(std::size_t column) const;

  std::string prefix_;
  std::deque<State> states_;
};

}  // namespace cloister::data
