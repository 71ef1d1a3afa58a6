// SPDX-License-Identifier: Apache-2.0
// After an import: the reminder that the source still lies there in plain text, or its removal.
#pragma once

#include "cloister/wire/json.hpp"

#include "command_line.hpp"

#include <sys/types.h>

#include <string>

namespace cloister::app {

// Remembers which inode was read, so that nothing else is unlinked: only the calling program
// removes a source, never the server, and only after the version is sealed (interfaces.md, `data
// import`).
class SourceToRemove {
 public:
  static base::Result<SourceToRemove> from(const ParsedLine& line);
  // Returns the exit code of the command.
  int finish(const ParsedLine& line, const boost::json::object& result) const;

 private:
  std::string path_;  // empty when the command imports nothing
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace cloister::app
