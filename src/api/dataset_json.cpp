// SPDX-License-Identifier: Apache-2.0
#include "dataset_json.hpp"

#include "cloister/base/bytes.hpp"

namespace cloister::api {
namespace json = boost::json;

json::array columns_json(const std::vector<vault::Column>& columns) {
  json::array array;
  for (const vault::Column& column : columns)
    array.push_back({{"name", column.name},
                     {"type", column.type},
                     {"class", nullptr},
                     {"kinds", nullptr},
                     {"confidence", nullptr}});
  return array;
}

json::object summary_json(const vault::DatasetVersion& version) {
  return {{"dataset", version.dataset},
          {"version", version.version},
          {"rows", version.rows},
          {"columns", version.columns.size()},
          {"class", nullptr},
          {"bytes_stored", version.bytes_stored},
          {"created", base::to_rfc3339(version.created)}};
}

json::object details_json(const vault::DatasetVersion& version) {
  json::object object = summary_json(version);
  object["columns"] = columns_json(version.columns);
  object["bytes_in"] = version.bytes_in;
  object["root"] = base::to_hex(version.root);
  object["description"] = version.description;
  object["lineage"] = json::array(version.lineage.begin(), version.lineage.end());
  return object;
}

}  // namespace cloister::api
