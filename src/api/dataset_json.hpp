// SPDX-License-Identifier: Apache-2.0
// Datasets as the JSON of interfaces.md.
#pragma once

#include "cloister/vault/catalogue.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::api {

// `class` and `kinds` are null until classification is built (issue 5).
boost::json::array columns_json(const std::vector<vault::Column>& columns);
boost::json::object summary_json(const vault::DatasetVersion& version);  // a row of `data list`
boost::json::object details_json(const vault::DatasetVersion& version);  // `data show`

}  // namespace cloister::api
