// SPDX-License-Identifier: Apache-2.0
#include "parameters.hpp"

#include "cloister/api/errors.hpp"
#include "cloister/api/studio.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace cloister::api {
namespace {

std::unexpected<base::Error> bad(std::string_view name, std::string_view wanted) {
  return base::fail(errors::bad_parameter, fmt::format("{} must be {}", name, wanted),
                    "see `--help` of the command");
}

base::Result<GivenFile> take_file(Call& call, std::string_view name, const json::value& value) {
  const json::object* file = value.if_object();
  if (file == nullptr) return bad(name, "a file");
  std::int64_t index = wire::integer_or(*file, "descriptor", -1);
  if (index < 0 || static_cast<std::size_t>(index) >= call.files.size() ||
      !call.files[static_cast<std::size_t>(index)].open())
    return bad(name, "a file that came with the call");
  return GivenFile{.name = wire::text_or(*file, "name", "file"),
                   .descriptor = std::move(call.files[static_cast<std::size_t>(index)])};
}

}  // namespace

base::Result<std::string> text_parameter(const Call& call, std::string_view name) {
  const json::value* value = call.parameters.if_contains(name);
  if (value == nullptr || !value->is_string()) return bad(name, "given");
  return std::string(value->get_string());
}

std::string text_parameter_or(const Call& call, std::string_view name, std::string_view otherwise) {
  return wire::text_or(call.parameters, name, otherwise);
}

bool flag_parameter(const Call& call, std::string_view name) {
  return wire::flag(call.parameters, name);
}

base::Result<std::int64_t> number_parameter(const Call& call, std::string_view name,
                                            std::int64_t low, std::int64_t high,
                                            std::int64_t otherwise) {
  const json::value* value = call.parameters.if_contains(name);
  if (value == nullptr) return otherwise;
  std::int64_t number = 0;
  if (value->is_int64()) {
    number = value->get_int64();
  } else {
    std::string_view text = value->is_string() ? value->get_string() : std::string_view();
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
      return bad(name, "a whole number");
  }
  if (number < low || number > high) return bad(name, fmt::format("between {} and {}", low, high));
  return number;
}

base::Result<std::chrono::seconds> duration_parameter(const Call& call, std::string_view name) {
  std::string text = text_parameter_or(call, name, "0");
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::int64_t factor = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (error != std::errc() || number < 0 || number > 1'000'000 || factor == 0)
    return bad(name, "a time like 90s, 10m or 2h");
  return std::chrono::seconds(number * factor);
}

base::Result<std::vector<std::string>> list_parameter(const Call& call, std::string_view name) {
  std::vector<std::string> list;
  const json::value* value = call.parameters.if_contains(name);
  if (value == nullptr) return list;
  if (!value->is_array()) return bad(name, "a list");
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return bad(name, "a list of texts");
    list.emplace_back(item.get_string());
  }
  return list;
}

base::Result<GivenFile> file_parameter(Call& call, std::string_view name) {
  const json::value* value = call.parameters.if_contains(name);
  if (value == nullptr) return bad(name, "a file");
  return take_file(call, name, *value);
}

base::Result<std::vector<GivenFile>> files_parameter(Call& call, std::string_view name) {
  const json::value* value = call.parameters.if_contains(name);
  if (value == nullptr || !value->is_array() || value->get_array().empty())
    return bad(name, "one file or more");
  std::vector<GivenFile> files;
  for (const json::value& item : value->get_array()) {
    CLOISTER_TRY(GivenFile file, take_file(call, name, item));
    files.push_back(std::move(file));
  }
  return files;
}

base::Result<vault::DatasetVersion> dataset_parameter(Studio& studio, const Call& call,
                                                      std::string_view name) {
  CLOISTER_TRY(std::string text, text_parameter(call, name));
  CLOISTER_TRY(vault::DatasetReference reference, vault::parse_dataset_reference(text));
  return studio.home().find(reference);
}

std::string label_of(const vault::DatasetVersion& version) {
  return fmt::format("{}@{}", version.dataset, version.version);
}

}  // namespace cloister::api
