// SPDX-License-Identifier: Apache-2.0
// The command line as data: every command with its words, options, help and example. Help, parsing
// and shell completion come from the same table, so that they cannot disagree.
#pragma once

#include "cloister/base/result.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::app {

enum class Value {
  none,  // a switch
  text,
  number,
  duration,
  input_file,   // opened by this program, passed on as a descriptor
  output_file,  // written by this program from the reply
};

struct Option {
  std::string_view name;  // "--limit"
  Value value = Value::none;
  std::string_view shown;  // "N"
  std::string_view help;
  bool repeated = false;
};

struct Positional {
  std::string_view name;  // as the parameter is called
  Value value = Value::text;
  std::string_view shown;  // "DATASET"
  bool required = true;
  bool repeated = false;
};

struct CommandSyntax {
  std::string_view verb;  // "data import"
  std::string_view summary;
  std::string_view example;
  std::vector<Positional> positionals;
  std::vector<Option> options;
};

std::span<const CommandSyntax> syntax();
std::span<const Option> global_options();

// One parsed command line. Values of options and positionals by parameter name ("--time-limit" →
// "time_limit").
struct ParsedLine {
  const CommandSyntax* command = nullptr;  // null with help or version only
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  bool help = false;
  bool version = false;
  std::string help_prefix;  // words before --help: "data", "data import", or empty

  const std::string* find(std::string_view name) const;
  bool has(std::string_view name) const { return values.contains(name); }
};

// app.usage (kind usage) names what is wrong and the nearest command or option.
base::Result<ParsedLine> parse_line(std::span<const std::string> arguments);

std::string parameter_name(std::string_view option);  // "--time-limit" → "time_limit"

}  // namespace cloister::app
