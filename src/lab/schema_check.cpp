// SPDX-License-Identifier: Apache-2.0
#include "schema_check.hpp"

#include "cloister/lab/errors.hpp"

#include <fmt/format.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <exception>

namespace cloister::lab {

base::Outcome check_schema(const boost::json::object& schema, const boost::json::value& value) {
  try {
    boost::json::value document(schema);
    valijson::adapters::BoostJsonAdapter adapter(document);
    valijson::Schema compiled;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, compiled);
    valijson::ValidationResults results;
    valijson::adapters::BoostJsonAdapter target(value);
    if (valijson::Validator().validate(compiled, target, &results)) return {};
    valijson::ValidationResults::Error error;
    std::string where;
    if (!results.popError(error)) return base::fail(errors::bad_request, "does not fit the schema");
    for (const std::string& step : error.context) where += step;
    return base::fail(errors::bad_request, fmt::format("{}: {}", where, error.description));
  } catch (const std::exception& exception) {
    return base::fail(errors::bad_request,
                      fmt::format("the schema cannot be used: {}", exception.what()));
  }
}

}  // namespace cloister::lab
