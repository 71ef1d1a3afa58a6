// SPDX-License-Identifier: Apache-2.0
// `unlock · lock · passwd`: when the keys are in memory, and what opens them.
#include "cloister/api/errors.hpp"
#include "cloister/base/limits.hpp"

#include "handlers.hpp"
#include "parameters.hpp"

namespace cloister::api {
namespace {

Reply state_of(Studio& studio) {
  return {.result = {{"vault", studio.home().unlocked() ? "unlocked" : "locked"}},
          .body = {},
          .files = {},
          .findings = {}};
}

}  // namespace

base::Result<Reply> unlock(Studio& studio, Call& call, const Listener&) {
  if (!studio.home().unlocked()) {
    if (call.passphrase.empty())
      return base::fail(errors::passphrase_needed, "unlocking needs the passphrase",
                        "give --passphrase-file, or type it at the prompt");
    CLOISTER_TRY_DO(studio.unlock(call.passphrase, "unlock"));
  }
  return state_of(studio);
}

base::Result<Reply> lock(Studio& studio, Call& call, const Listener&) {
  if (studio.home().unlocked()) {
    CLOISTER_TRY_DO(studio.record({.kind = "lock",
                                   .who = {},
                                   .dataset = {},
                                   .purpose = call.purpose,
                                   .decision = {},
                                   .detail = {}},
                                  studio.owner()));
    CLOISTER_TRY_DO(studio.home().finish());
  }
  studio.lock();
  return state_of(studio);
}

base::Result<Reply> change_passphrase(Studio& studio, Call& call, const Listener&) {
  CLOISTER_TRY(GivenFile file, file_parameter(call, "new_passphrase_file"));
  CLOISTER_TRY_DO(studio.permit({.subject = studio.owner(),
                                 .action = policy::Action::change_keys,
                                 .dataset = {},
                                 .columns = {},
                                 .purpose = call.purpose}));
  CLOISTER_TRY(base::Bytes bytes,
               io::read_at(file.descriptor, 0, base::limits::passphrase_bytes_max + 1));
  // As everywhere, one line end after the passphrase is not part of it.
  base::ByteView view(bytes);
  if (!view.empty() && view.back() == std::byte{'\n'}) view = view.first(view.size() - 1);
  base::SecretBytes fresh = base::SecretBytes::copy_of(view);
  base::wipe(bytes);
  if (fresh.empty() || fresh.size() > base::limits::passphrase_bytes_max)
    return base::fail(errors::bad_parameter, "the new passphrase must have 1 to 1024 bytes");
  CLOISTER_TRY_DO(studio.home().change_passphrase(call.passphrase, fresh));
  return Reply{.result = {{"changed", true}}, .body = {}, .files = {}, .findings = {}};
}

}  // namespace cloister::api
