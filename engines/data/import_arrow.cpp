// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_errors.hpp"
#include "import.hpp"

namespace cloister::data {

base::Outcome Importer::import_arrow() {
  return base::fail(wire::data_errors::not_a_table, "Arrow is not read yet");
}

}  // namespace cloister::data
