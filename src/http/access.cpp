// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/access.hpp"

namespace cloister::http {
namespace {

// A page of another origin may ask with a token of its own, and only to read.
bool origin_is_refused(const AccessQuestion& question, bool changes) {
  if (question.origin != Origin::foreign) return false;
  if (changes || question.exchange == Exchange::web_socket) return true;
  bool may_read = question.method == Method::options || question.evidence == Evidence::token;
  return !may_read && question.access != Access::anyone;
}

}  // namespace

Verdict decide_access(const AccessQuestion& question) {
  bool changes = !is_safe(question.method);
  bool plain = question.exchange == Exchange::plain;
  // SECURITY: a name that an attacker points at us gets nothing
  // (test: ServerAccess.ForeignHostsAreRefused).
  if (!question.host_is_ours) return Verdict::foreign_host;
  // SECURITY: another site cannot change anything, not even with a token
  // (test: ServerAccess.ForeignOriginsAreRefused).
  if (origin_is_refused(question, changes)) return Verdict::foreign_origin;
  if (question.method == Method::options && plain) return Verdict::allow;
  bool known = question.evidence != Evidence::none;
  if (!known && question.access != Access::anyone) {
    bool may_sign_in = question.access == Access::page && plain && !changes;
    return may_sign_in ? Verdict::sign_in : Verdict::unknown_caller;
  }
  // A token is never sent by a browser on its own, so it needs no second proof.
  if (question.evidence == Evidence::token) return Verdict::allow;
  // SECURITY: a cookie alone changes nothing (test: ServerAccess.ACookieNeedsXsrfToChange).
  if (changes && !question.changes_nothing && !question.xsrf_matches) return Verdict::xsrf_missing;
  // SECURITY: files are not embedded by other sites (test: ServerAccess.FilesAskForTheirReferer).
  bool proven = question.xsrf_matches || question.referer_is_ours;
  if (question.reading_needs_xsrf && !proven) return Verdict::unknown_referer;
  return Verdict::allow;
}

}  // namespace cloister::http
