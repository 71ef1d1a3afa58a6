// SPDX-License-Identifier: Apache-2.0
// A command as plain values: what the command line, the control socket and later HTTP hand to the
// api module.
#pragma once

#include "cloister/base/secret.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/wire/json.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::api {

namespace json = boost::json;

struct Call {
  std::string verb;         // "data import"
  json::object parameters;  // by the names of the command line, '-' as '_'
  std::string purpose;      // --purpose
  // Files that the caller opened with its own rights. A parameter of a file is {"name",
  // "descriptor"}: an index.
  std::vector<io::Descriptor> files;
  base::SecretBytes passphrase;  // empty when none was given
};

struct Reply {
  json::object result;                // the command's JSON (interfaces.md)
  std::string body;                   // what `--out` writes, when it is text
  std::vector<io::Descriptor> files;  // or [0]: what `--out` or `--format arrow` takes
  // Set when the command did its work and found something wrong: the result is shown, then this
  // error.
  std::vector<base::Error> findings;
};

// How a running command speaks to whoever waits for it, and hears that they gave up.
struct Listener {
  std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> progress;
  std::function<void(const json::object& item)> item;  // one element of a stream (`watch --follow`)
  std::stop_token stop;
};

}  // namespace cloister::api
