// SPDX-License-Identifier: Apache-2.0
#include "remove_source.hpp"

#include "cloister/app/errors.hpp"

#include "output.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::app {

base::Result<SourceToRemove> SourceToRemove::from(const ParsedLine& line) {
  SourceToRemove source;
  if (line.command->verb != "data import") return source;
  source.path_ = *line.find("files");
  struct stat info{};
  if (lstat(source.path_.c_str(), &info) != 0)
    return base::fail_errno(errors::cannot_open, fmt::format("cannot open {}", source.path_),
                            errno);
  if (line.has("remove_source") && S_ISLNK(info.st_mode))
    return base::fail(errors::source_kept, "--remove-source does not follow a link",
                      "name the file itself");
  source.device_ = info.st_dev;
  source.inode_ = info.st_ino;
  return source;
}

int SourceToRemove::finish(const ParsedLine& line, const boost::json::object&) const {
  if (!line.has("remove_source")) {
    print_hint(
        line,
        fmt::format("{} still lies there in plain text: remove it, or import with --remove-source",
                    path_));
    return 0;
  }
  struct stat info{};
  if (lstat(path_.c_str(), &info) != 0 || info.st_dev != device_ || info.st_ino != inode_)
    return print_error(
        line,
        base::Error(
            errors::source_kept,
            fmt::format("{} is no longer the file that was imported; it was not removed", path_),
            "look at it and remove it yourself"));
  if (unlink(path_.c_str()) != 0)
    return print_error(
        line, base::Error(errors::source_kept, fmt::format("{} could not be removed", path_),
                          "remove it yourself"));
  print_hint(line,
             "the source was unlinked; this is not a secure erase: its bytes may remain on the "
             "disk until overwritten");
  return 0;
}

}  // namespace cloister::app
