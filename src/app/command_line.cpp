// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include "cloister/app/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace cloister::app {
namespace {

// Levenshtein distance, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t above = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, above + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (std::string_view candidate : known) {
    std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best.empty() ? std::string("`cloister --help` lists the commands")
                      : fmt::format("did you mean `{}`?", best);
}

std::unexpected<base::Error> usage(std::string message, std::string hint) {
  return base::fail(errors::usage, std::move(message), std::move(hint));
}

const Option* find_option(std::span<const Option> options, std::string_view name) {
  auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

bool is_group(std::string_view word) {
  return std::ranges::any_of(syntax(), [&](const CommandSyntax& command) {
    return command.verb.starts_with(fmt::format("{} ", word));
  });
}

// The command that the words name: two words ("data import") or one ("status").
base::Result<const CommandSyntax*> find_command(const std::vector<std::string>& words) {
  std::string one = words.empty() ? "" : words[0];
  std::string two = words.size() > 1 ? words[0] + " " + words[1] : "";
  const CommandSyntax* single = nullptr;
  for (const CommandSyntax& command : syntax()) {
    if (!two.empty() && command.verb == two) return &command;
    if (command.verb == one) single = &command;
  }
  if (single != nullptr) return single;
  if (one.empty()) return usage("no command given", "`cloister --help` lists the commands");
  std::vector<std::string_view> verbs;
  for (const CommandSyntax& command : syntax()) verbs.push_back(command.verb);
  if (is_group(one) && two.empty())
    return usage(fmt::format("'{}' needs a second word", one),
                 fmt::format("see `cloister {} --help`", one));
  const std::string& shown = is_group(one) ? two : one;
  return usage(fmt::format("there is no command '{}'", shown), nearest(shown, verbs));
}

base::Result<const Option*> known_option(const CommandSyntax& command, std::string_view name) {
  if (const Option* option = find_option(command.options, name)) return option;
  std::vector<std::string_view> names;
  for (const Option& option : command.options) names.push_back(option.name);
  for (const Option& option : global_options()) names.push_back(option.name);
  return usage(fmt::format("`{}` has no option {}", command.verb, name), nearest(name, names));
}

base::Outcome store(ParsedLine& line, const Option& option, std::string value) {
  std::vector<std::string>& values = line.values[parameter_name(option.name)];
  if (!values.empty() && !option.repeated)
    return usage(fmt::format("{} is given twice", option.name), "give it once");
  values.push_back(std::move(value));
  return {};
}

base::Outcome place_words(ParsedLine& line, std::vector<std::string> words) {
  std::size_t at = 0;
  for (const Positional& positional : line.command->positionals) {
    std::vector<std::string>& values = line.values[std::string(positional.name)];
    while (at < words.size() && (values.empty() || positional.repeated))
      values.push_back(std::move(words[at++]));
    if (!values.empty()) continue;
    line.values.erase(std::string(positional.name));
    if (positional.required)
      return usage(fmt::format("`{}` needs {}", line.command->verb, positional.shown),
                   fmt::format("for example: {}", line.command->example));
  }
  if (at < words.size())
    return usage(fmt::format("`{}` does not take '{}'", line.command->verb, words[at]),
                 fmt::format("for example: {}", line.command->example));
  return {};
}

// The words before any option, to know the command before its options are looked at.
std::vector<std::string> leading_words(std::span<const std::string> arguments) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("-") || argument == "-") {
      words.push_back(argument);
      continue;
    }
    if (argument == "--") break;
    const Option* option = find_option(global_options(), argument.substr(0, argument.find('=')));
    bool takes_next = option != nullptr && option->value != Value::none &&
                      argument.find('=') == std::string::npos;
    if (takes_next) ++i;
    if (option == nullptr && !words.empty()) break;
  }
  return words;
}

}  // namespace

std::string parameter_name(std::string_view option) {
  std::string name(option.substr(std::min(option.find_first_not_of('-'), option.size())));
  std::ranges::replace(name, '-', '_');
  return name;
}

const std::string* ParsedLine::find(std::string_view name) const {
  auto found = values.find(name);
  return found == values.end() || found->second.empty() ? nullptr : &found->second.front();
}

base::Result<ParsedLine> parse_line(std::span<const std::string> arguments) {
  ParsedLine line;
  std::vector<std::string> leading = leading_words(arguments);
  line.help = std::ranges::find(arguments, "--help") != arguments.end() ||
              (!leading.empty() && leading[0] == "help");
  line.version = std::ranges::find(arguments, "--version") != arguments.end();
  if (line.help || line.version) {
    for (const std::string& word : leading) {
      if (word == "help" && line.help_prefix.empty()) continue;
      std::string longer = line.help_prefix.empty() ? word : line.help_prefix + " " + word;
      bool known = std::ranges::any_of(syntax(), [&](const CommandSyntax& command) {
        return command.verb == longer || command.verb.starts_with(longer + " ");
      });
      if (!known) break;
      line.help_prefix = longer;
    }
    return line;
  }
  CLOISTER_TRY(line.command, find_command(leading));
  std::vector<std::string> words;
  bool only_words = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_words || argument == "-" || !argument.starts_with("-")) {
      words.push_back(argument);
      continue;
    }
    if (argument == "--") {
      only_words = true;
      continue;
    }
    std::size_t equals = argument.find('=');
    std::string name = argument.substr(0, equals);
    const Option* option = find_option(global_options(), name);
    if (option == nullptr) {
      CLOISTER_TRY(option, known_option(*line.command, name));
    }
    std::string value;
    if (option->value == Value::none) {
      if (equals != std::string::npos)
        return usage(fmt::format("{} takes no value", name), "leave the value out");
    } else if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return usage(fmt::format("{} needs a value", name),
                   fmt::format("{} {}", name, option->shown));
    }
    CLOISTER_TRY_DO(store(line, *option, std::move(value)));
  }
  auto verb_words = 1 + std::ranges::count(line.command->verb, ' ');
  words.erase(words.begin(), words.begin() + verb_words);
  CLOISTER_TRY_DO(place_words(line, std::move(words)));
  return line;
}

}  // namespace cloister::app
