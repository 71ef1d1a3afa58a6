// SPDX-License-Identifier: Apache-2.0
// Reading the parameters of a call, with errors that name them as the command line writes them.
#pragma once

#include "cloister/api/call.hpp"
#include "cloister/vault/home.hpp"

#include <optional>

namespace cloister::api {

class Studio;

base::Result<std::string> text_parameter(const Call& call, std::string_view name);
std::string text_parameter_or(const Call& call, std::string_view name, std::string_view otherwise);
bool flag_parameter(const Call& call, std::string_view name);
// Whole number in [low, high]; `otherwise` when absent.
base::Result<std::int64_t> number_parameter(const Call& call, std::string_view name,
                                            std::int64_t low, std::int64_t high,
                                            std::int64_t otherwise);
// "600s", "10m", "2h", "1.5s" is not one; 0 when absent.
base::Result<std::chrono::seconds> duration_parameter(const Call& call, std::string_view name);
base::Result<std::vector<std::string>> list_parameter(const Call& call, std::string_view name);

struct GivenFile {
  std::string name;
  io::Descriptor descriptor;
};
// Takes the file out of the call. A parameter of a file is {"name", "descriptor"}.
base::Result<GivenFile> file_parameter(Call& call, std::string_view name);
base::Result<std::vector<GivenFile>> files_parameter(Call& call, std::string_view name);

// The newest or the named version of the dataset that parameter `name` refers to.
base::Result<vault::DatasetVersion> dataset_parameter(Studio& studio, const Call& call,
                                                      std::string_view name);
// "patients@3"
std::string label_of(const vault::DatasetVersion& version);

}  // namespace cloister::api
