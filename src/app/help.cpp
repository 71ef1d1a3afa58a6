// SPDX-License-Identifier: Apache-2.0
#include "help.hpp"

#include <fmt/format.h>

#include <set>

namespace cloister::app {
namespace {

std::string option_line(const Option& option) {
  std::string left = fmt::format("{} {}", option.name, option.shown);
  return fmt::format("  {:<28} {}\n", left, option.help);
}

std::string usage_line(const CommandSyntax& command) {
  std::string line = fmt::format("cloister {}", command.verb);
  for (const Positional& positional : command.positionals)
    line += positional.required
                ? fmt::format(" {}{}", positional.shown, positional.repeated ? "…" : "")
                : fmt::format(" [{}]", positional.shown);
  if (!command.options.empty()) line += " [options]";
  return line;
}

std::string command_help(const CommandSyntax& command) {
  std::string text =
      fmt::format("{}: {}\n\n  {}\n", command.verb, command.summary, usage_line(command));
  if (!command.options.empty()) {
    text += "\nOptions\n";
    for (const Option& option : command.options) text += option_line(option);
  }
  text += "\nGlobal options\n";
  for (const Option& option : global_options()) text += option_line(option);
  return text + fmt::format("\nExample\n  {}\n", command.example);
}

}  // namespace

std::string help_text(std::string_view prefix) {
  std::string text;
  if (prefix.empty())
    text =
        "cloister: a private data-science studio. Data is encrypted, code runs in sealed cells, "
        "every event is\n"
        "recorded.\n\n  cloister COMMAND [options]\n";
  else
    text = fmt::format("cloister {} …\n", prefix);
  text += "\nCommands\n";
  for (const CommandSyntax& command : syntax()) {
    if (command.verb == prefix) return command_help(command);
    if (!prefix.empty() && !command.verb.starts_with(fmt::format("{} ", prefix))) continue;
    text += fmt::format("  {:<20} {}\n", command.verb, command.summary);
  }
  text += "\nGlobal options\n";
  for (const Option& option : global_options()) text += option_line(option);
  text +=
      "\nExit codes: 0 done, 1 failed, 2 usage, 3 denied, 4 tampering or damage, 5 something is "
      "missing,\n"
      "6 wrong passphrase or locked, 130 cancelled.\n";
  text +=
      "\nExample\n  cloister init --home ~/study && cloister data import patients.csv --home "
      "~/study\n";
  return text;
}

namespace {

// "data" -> "import list show …"; "" -> all first words.
std::string words_after(std::string_view first) {
  std::set<std::string> words;
  for (const CommandSyntax& command : syntax()) {
    std::size_t space = command.verb.find(' ');
    if (first.empty()) words.emplace(command.verb.substr(0, space));
    if (!first.empty() && space != std::string_view::npos && command.verb.substr(0, space) == first)
      words.emplace(command.verb.substr(space + 1));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string options_of(const CommandSyntax& command) {
  std::string text;
  for (const Option& option : command.options) text += fmt::format("{} ", option.name);
  for (const Option& option : global_options()) text += fmt::format("{} ", option.name);
  return text;
}

std::string bash_script() {
  std::string cases;
  for (const CommandSyntax& command : syntax())
    cases += fmt::format("    \"{}\"*) words=\"{}\" ;;\n", command.verb, options_of(command));
  return fmt::format(
      "_cloister() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" line=\"${{COMP_WORDS[*]:1:COMP_CWORD-1}}\" "
      "words\n"
      "  case \"$line\" in\n"
      "    \"\") words=\"{}\" ;;\n    \"data\") words=\"{}\" ;;\n    \"ledger\") words=\"{}\" "
      ";;\n{}  esac\n"
      "  if [[ $current == -* || -z $line || $line == data || $line == ledger ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  else\n    COMPREPLY=($(compgen -f -- \"$current\"))\n  fi\n}}\n"
      "complete -o filenames -F _cloister cloister\n",
      words_after(""), words_after("data"), words_after("ledger"), cases);
}

std::string fish_script() {
  std::string text = "complete -c cloister -f\n";
  text += fmt::format("complete -c cloister -n __fish_use_subcommand -a \"{}\"\n", words_after(""));
  for (std::string_view group : {"data", "ledger"})
    text += fmt::format("complete -c cloister -n \"__fish_seen_subcommand_from {0}\" -a \"{1}\"\n",
                        group, words_after(group));
  for (const Option& option : global_options())
    text +=
        fmt::format("complete -c cloister -l {} -d \"{}\"\n", option.name.substr(2), option.help);
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script();
  if (shell == "fish") return fish_script();
  return {};
}

}  // namespace cloister::app
