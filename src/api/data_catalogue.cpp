// SPDX-License-Identifier: Apache-2.0
// `data list · show · versions · rm · shred · rename`: what the vault holds, and what leaves it for
// good.
#include "cloister/api/errors.hpp"

#include "dataset_json.hpp"
#include "handlers.hpp"
#include "parameters.hpp"

#include <map>

namespace cloister::api {
namespace {

base::Outcome permit_on(Studio& studio, const Call& call, policy::Action action,
                        const std::string& dataset) {
  return studio.permit({.subject = studio.owner(),
                        .action = action,
                        .dataset = dataset,
                        .columns = {},
                        .purpose = call.purpose});
}

ledger::Entry entry_of(const Call& call, std::string kind, std::string dataset,
                       const policy::Subject& who) {
  return {.kind = std::move(kind),
          .who = name_of(who),
          .dataset = std::move(dataset),
          .purpose = call.purpose,
          .decision = "allow",
          .detail = {}};
}

// The bare name of a dataset that exists: rm, shred and rename take all of its versions.
base::Result<std::string> whole_dataset(Studio& studio, const Call& call, std::string_view name) {
  CLOISTER_TRY(std::string text, text_parameter(call, name));
  CLOISTER_TRY(vault::DatasetReference reference, vault::parse_dataset_reference(text));
  if (reference.version)
    return base::fail(errors::bad_parameter, "this command takes a whole dataset, not one version",
                      "give the name without @" + std::to_string(*reference.version));
  CLOISTER_TRY(vault::DatasetVersion version, studio.home().find(reference));
  return version.dataset;
}

}  // namespace

base::Result<Reply> data_list(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY_DO(permit_on(studio, call, policy::Action::see_catalogue, ""));
  CLOISTER_TRY(auto versions, studio.home().datasets());
  std::map<std::string, vault::DatasetVersion> newest;
  for (vault::DatasetVersion& version : versions) {
    std::string name = version.dataset;
    newest.insert_or_assign(std::move(name), std::move(version));
  }
  json::array datasets;
  for (const auto& [name, version] : newest) datasets.push_back(summary_json(version));
  return Reply{
      .result = {{"datasets", std::move(datasets)}}, .body = {}, .files = {}, .findings = {}};
}

base::Result<Reply> data_show(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(vault::DatasetVersion version, dataset_parameter(studio, call, "dataset"));
  CLOISTER_TRY_DO(permit_on(studio, call, policy::Action::see_catalogue, version.dataset));
  return Reply{.result = details_json(version), .body = {}, .files = {}, .findings = {}};
}

base::Result<Reply> data_versions(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(std::string name, whole_dataset(studio, call, "dataset"));
  CLOISTER_TRY_DO(permit_on(studio, call, policy::Action::see_catalogue, name));
  CLOISTER_TRY(auto all, studio.home().datasets());
  json::array versions;
  for (const vault::DatasetVersion& version : all)
    if (version.dataset == name) versions.push_back(details_json(version));
  return Reply{.result = {{"dataset", name}, {"versions", std::move(versions)}},
               .body = {},
               .files = {},
               .findings = {}};
}

base::Result<Reply> data_remove(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(std::string name, whole_dataset(studio, call, "dataset"));
  CLOISTER_TRY_DO(permit_on(studio, call, policy::Action::destroy_dataset, name));
  studio.query_workers().end_all();
  CLOISTER_TRY_DO(
      studio.home().remove_dataset(name, entry_of(call, "remove", name, studio.owner())));
  return Reply{
      .result = {{"dataset", name}, {"removed", true}}, .body = {}, .files = {}, .findings = {}};
}

base::Result<Reply> data_shred(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(std::string name, whole_dataset(studio, call, "dataset"));
  CLOISTER_TRY_DO(permit_on(studio, call, policy::Action::destroy_dataset, name));
  studio.query_workers().end_all();
  CLOISTER_TRY_DO(studio.home().shred_dataset(name, entry_of(call, "shred", name, studio.owner())));
  return Reply{
      .result = {{"dataset", name}, {"shredded", true}}, .body = {}, .files = {}, .findings = {}};
}

base::Result<Reply> data_rename(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(std::string from, whole_dataset(studio, call, "dataset"));
  CLOISTER_TRY(std::string wanted, text_parameter(call, "to"));
  CLOISTER_TRY(std::string to, vault::parse_dataset_name(wanted));
  CLOISTER_TRY_DO(permit_on(studio, call, policy::Action::destroy_dataset, from));
  studio.query_workers().end_all();
  CLOISTER_TRY_DO(
      studio.home().rename_dataset(from, to, entry_of(call, "rename", from, studio.owner())));
  return Reply{
      .result = {{"dataset", to}, {"renamed_from", from}}, .body = {}, .files = {}, .findings = {}};
}

}  // namespace cloister::api
