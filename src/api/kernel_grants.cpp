// SPDX-License-Identifier: Apache-2.0
// `kernels list · grant · revoke`: the kernels of a running studio, and what each may read.
#include "cloister/api/errors.hpp"

#include "handlers.hpp"
#include "parameters.hpp"

#include <fmt/format.h>

namespace cloister::api {
namespace {

json::object kernel_json(const SessionGrants::Kernel& kernel) {
  return {{"kernel", kernel.id},
          {"path", kernel.path},
          {"datasets", json::array(kernel.datasets.begin(), kernel.datasets.end())}};
}

base::Result<std::string> kernel_parameter(Studio& studio, const Call& call) {
  CLOISTER_TRY(std::string meant, text_parameter(call, "kernel"));
  if (auto id = studio.session_grants().find(meant)) return *id;
  return base::fail(errors::no_kernel, fmt::format("no kernel, or more than one, is '{}'", meant),
                    "`cloister kernels list` shows those of the running server");
}

base::Result<Reply> answer(Studio& studio, const std::string& id) {
  for (const SessionGrants::Kernel& kernel : studio.session_grants().all())
    if (kernel.id == id)
      return Reply{.result = kernel_json(kernel), .body = {}, .files = {}, .findings = {}};
  return base::fail(errors::no_kernel, "the kernel has ended");
}

base::Outcome record(Studio& studio, const Call& call, const char* kind, const std::string& id,
                     const std::string& dataset) {
  return studio.record({.kind = kind,
                        .who = {},
                        .dataset = dataset,
                        .purpose = call.purpose,
                        .decision = "allow",
                        .detail = {{"cell", id}}},
                       studio.owner());
}

}  // namespace

base::Result<Reply> kernels_list(Studio& studio, Call&, const Listener&) {
  json::array list;
  for (const SessionGrants::Kernel& kernel : studio.session_grants().all())
    list.push_back(kernel_json(kernel));
  return Reply{.result = {{"kernels", std::move(list)}}, .body = {}, .files = {}, .findings = {}};
}

base::Result<Reply> kernels_grant(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(std::string id, kernel_parameter(studio, call));
  CLOISTER_TRY(std::string dataset, text_parameter(call, "dataset"));
  CLOISTER_TRY(vault::DatasetReference reference, vault::parse_dataset_reference(dataset));
  CLOISTER_TRY_DO(studio.permit({.subject = studio.owner(),
                                 .action = policy::Action::read_dataset,
                                 .dataset = reference.name,
                                 .columns = {},
                                 .purpose = call.purpose}));
  CLOISTER_TRY_DO(studio.home().find(reference));
  CLOISTER_TRY_DO(record(studio, call, "grant", id, reference.name));
  studio.session_grants().grant(id, reference.name);
  studio.query_workers().end("cell:" + id);  // the next one has the new views
  return answer(studio, id);
}

base::Result<Reply> kernels_revoke(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(std::string id, kernel_parameter(studio, call));
  CLOISTER_TRY(std::string dataset, text_parameter(call, "dataset"));
  if (studio.session_grants().revoke(id, dataset)) {
    studio.query_workers().end("cell:" + id);
    CLOISTER_TRY_DO(record(studio, call, "revoke", id, dataset));
  }
  return answer(studio, id);
}

}  // namespace cloister::api
