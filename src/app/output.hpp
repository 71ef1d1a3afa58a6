// SPDX-License-Identifier: Apache-2.0
// What a command prints: one JSON document, or short lines for people; errors on standard error.
#pragma once

#include "cloister/api/call.hpp"

#include "command_line.hpp"

namespace cloister::app {

int exit_code(base::Kind kind);

// Prints the reply, writes `--out`, and returns the exit code (that of the first finding, else 0).
int print_reply(const ParsedLine& line, api::Reply reply);
// Prints the error as the contract says (interfaces.md §2) and returns its exit code.
int print_error(const ParsedLine& line, const base::Error& error);
// One element of a stream, a line each.
void print_item(const ParsedLine& line, const boost::json::object& item);
// The next useful command, unless --quiet or --json.
void print_hint(const ParsedLine& line, std::string_view text);
void write_output(std::string_view text);  // standard output; a closed one ends the program quietly

}  // namespace cloister::app
