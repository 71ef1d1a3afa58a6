// SPDX-License-Identifier: Apache-2.0
#include "kernel_json.hpp"

#include "cloister/base/clock.hpp"
#include "cloister/http/target.hpp"

namespace cloister::rest {

namespace json = boost::json;

json::object kernel_json(const kernels::LiveKernel& kernel) {
  return {{"id", kernel.id()},
          {"name", kernel.spec_name()},
          {"last_activity", base::to_rfc3339(kernel.last_activity())},
          {"execution_state", kernel.execution_state()},
          {"connections", kernel.readers()}};
}

json::object session_json(const kernels::Session& session, const kernels::LiveKernel* kernel) {
  json::object model{{"id", session.id},
                     {"path", session.path},
                     {"name", session.name},
                     {"type", session.type},
                     {"kernel", nullptr}};
  if (kernel != nullptr) model["kernel"] = kernel_json(*kernel);
  if (session.type == "notebook")
    model["notebook"] = json::object{{"path", session.path}, {"name", session.name}};
  return model;
}

json::object kernelspec_json(const kernels::Kernelspec& spec, const std::string& base_url) {
  json::object environment;
  for (const auto& [name, value] : spec.environment) environment[name] = value;
  json::object resources;
  std::string folder = base_url + "kernelspecs/" + http::percent_encoded(spec.name) + "/";
  for (const auto& [key, file] : spec.resources)
    resources[key] = folder + http::percent_encoded(file);
  auto metadata = wire::parse_json_object(spec.metadata_json);
  bool by_message = spec.interrupt_mode == cell::InterruptMode::message;
  return {{"name", spec.name},
          {"spec",
           {{"argv", json::array(spec.argv.begin(), spec.argv.end())},
            {"env", std::move(environment)},
            {"display_name", spec.display_name},
            {"language", spec.language},
            {"interrupt_mode", by_message ? "message" : "signal"},
            {"metadata", metadata ? std::move(*metadata) : json::object()}}},
          {"resources", std::move(resources)}};
}

}  // namespace cloister::rest
