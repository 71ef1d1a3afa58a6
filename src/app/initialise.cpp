// SPDX-License-Identifier: Apache-2.0
#include "initialise.hpp"

#include "cloister/app/errors.hpp"
#include "cloister/base/random.hpp"

#include "output.hpp"
#include "settings.hpp"

#include <fmt/format.h>

namespace cloister::app {
namespace {

base::Result<base::SecretBytes> new_passphrase(const ParsedLine& line) {
  CLOISTER_TRY(base::SecretBytes given, given_passphrase(line));
  bool from_file = line.find("passphrase_file") != nullptr || !given.empty();
  if (given.empty() && from_file)
    return base::fail(errors::usage, "the passphrase is empty", "choose one with several words");
  if (!given.empty()) return given;
  CLOISTER_TRY(base::SecretBytes asked, ask_passphrase("passphrase for the new home", true));
  if (asked.empty())
    return base::fail(errors::usage, "the passphrase is empty", "choose one with several words");
  return asked;
}

base::Result<api::Reply> make_home(const ParsedLine& line, vault::Services services) {
  io::Path home = home_folder(line);
  const std::string* recovery_out = line.find("recovery_out");
  if (recovery_out != nullptr && io::exists(*recovery_out))
    return base::fail(errors::cannot_write, fmt::format("{} exists already", *recovery_out),
                      "name a new file for the recovery key");
  CLOISTER_TRY(base::SecretBytes passphrase, new_passphrase(line));
  const std::string* owner = line.find("owner");
  std::string recovery_key;
  CLOISTER_TRY(vault::HomeInfo info,
               vault::Home::create(services, home, owner != nullptr ? *owner : login_name(),
                                   passphrase, recovery_out != nullptr ? &recovery_key : nullptr));
  api::Reply reply;
  reply.body = recovery_key.empty() ? "" : recovery_key + "\n";
  reply.result = {{"home", home.native()},
                  {"owner", info.owner},
                  {"ledger_key", info.ledger_key},
                  {"created", base::to_rfc3339(info.created)}};
  return reply;
}

}  // namespace

int initialise(const ParsedLine& line, vault::Services services) {
  auto reply = make_home(line, services);
  if (!reply) return print_error(line, reply.error());
  if (const std::string* path = line.find("recovery_out")) {
    io::Path target = std::filesystem::absolute(*path);
    if (auto written = io::replace_file(services.disk, target, base::as_bytes(reply->body));
        !written)
      return print_error(line, written.error());
    base::wipe({reinterpret_cast<std::byte*>(reply->body.data()), reply->body.size()});
  }
  reply->body.clear();
  int code = print_reply(line, std::move(*reply));
  print_hint(line,
             "keep the passphrase and the recovery key apart from this machine; then `cloister "
             "data import FILE`");
  return code;
}

}  // namespace cloister::app
