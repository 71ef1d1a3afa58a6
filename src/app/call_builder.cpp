// SPDX-License-Identifier: Apache-2.0
#include "call_builder.hpp"

#include "cloister/app/errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

namespace cloister::app {
namespace json = boost::json;
namespace {

base::Result<json::object> open_input(const std::string& path, api::Call& call) {
  io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open())
    return base::fail_errno(errors::cannot_open, fmt::format("cannot open {}", path), errno);
  struct stat info{};
  if (fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode))
    return base::fail(errors::cannot_open, fmt::format("{} is not a regular file", path),
                      "give a file, not a folder or a pipe");
  json::object parameter{{"name", std::filesystem::path(path).filename().native()},
                         {"descriptor", call.files.size()}};
  call.files.push_back(std::move(file));
  return parameter;
}

base::Result<json::value> value_of(Value kind, const std::string& text, api::Call& call) {
  if (kind == Value::none || kind == Value::output_file) return json::value(true);
  if (kind == Value::input_file) {
    CLOISTER_TRY(json::object file, open_input(text, call));
    return json::value(std::move(file));
  }
  return json::value(text);
}

base::Outcome add(api::Call& call, const ParsedLine& line, std::string_view name, Value kind,
                  bool repeated) {
  auto found = line.values.find(name);
  if (found == line.values.end()) return {};
  if (!repeated) {
    CLOISTER_TRY(call.parameters[name], value_of(kind, found->second.front(), call));
    return {};
  }
  json::array list;
  for (const std::string& text : found->second) {
    CLOISTER_TRY(json::value value, value_of(kind, text, call));
    list.push_back(std::move(value));
  }
  call.parameters[name] = std::move(list);
  return {};
}

}  // namespace

base::Result<api::Call> build_call(const ParsedLine& line) {
  api::Call call;
  call.verb = line.command->verb;
  if (const std::string* purpose = line.find("purpose")) call.purpose = *purpose;
  for (const Positional& positional : line.command->positionals)
    CLOISTER_TRY_DO(add(call, line, positional.name, positional.value, positional.repeated));
  for (const Option& option : line.command->options)
    CLOISTER_TRY_DO(add(call, line, parameter_name(option.name), option.value, option.repeated));
  return call;
}

}  // namespace cloister::app
