// SPDX-License-Identifier: Apache-2.0
#include "cloister/wire/data_errors.hpp"

#include "arrow_source.hpp"
#include "import.hpp"

namespace cloister::data {

// The stream can be scanned once and with all its columns in their order. So what is appended,
// where the columns can come in another order, goes through a temporary table.
base::Outcome Importer::import_arrow() {
  CLOISTER_TRY(auto source, ArrowSource::open(source_));
  CLOISTER_TRY_DO(source->create_view(*connection_, "stream"));
  auto run = [&]() -> base::Outcome {
    std::string from = "stream";
    if (request_.append_to) {
      CLOISTER_TRY_DO(connection_->execute("CREATE TEMP TABLE arrived AS SELECT * FROM stream"));
      from = "arrived";
    }
    CLOISTER_TRY(std::string select, select_from(from));
    return store(select);
  };
  base::Outcome stored = run();
  if (!stored && !source->failure().empty())
    return base::fail(wire::data_errors::not_a_table, source->failure());
  return stored;
}

}  // namespace cloister::data
