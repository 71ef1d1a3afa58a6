// SPDX-License-Identifier: Apache-2.0
// cloister-probe: all probes of `cloister selftest` in one static program, so that it runs in any
// cell and a libc of the cell's is no part of the answer.
//   cloister-probe --list                     the table, one JSON object a line
//   cloister-probe ID --fixtures JSON         one attempt, one JSON line; `-` reads them from fd 0
#include "probe.hpp"
#include "reach.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cloister::probe {
namespace {

constexpr Family (*families[])() = {
    network_family, name_family,         local_network_family,  socket_kind_family,
    evasion_family, local_socket_family, shared_object_family,  signal_family,
    file_family,    write_family,        process_folder_family, privilege_family,
    kernel_family,  resource_family,     intended_family,
};

constexpr std::pair<Trait, std::string_view> trait_names[] = {
    {privileged, "privileged"}, {root_only, "root_only"}, {optional, "optional"},
    {killable, "killable"},     {workspace, "workspace"}, {terminal, "terminal"},
    {limited, "limited"},       {outlives, "outlives"},   {inherits, "inherits"},
    {neighbour, "neighbour"},
};

void say(const boost::json::object& object) {
  std::string line = boost::json::serialize(object) + "\n";
  std::size_t done = 0;
  while (done < line.size()) {
    ssize_t count = ::write(1, line.data() + done, line.size() - done);
    if (count <= 0) _exit(3);
    done += static_cast<std::size_t>(count);
  }
}

int list() {
  for (auto family_of : families) {
    Family family = family_of();
    for (const Probe& probe : family.probes) {
      boost::json::array traits;
      for (auto [trait, name] : trait_names)
        if ((probe.traits & trait) != 0) traits.emplace_back(name);
      say({{"id", probe.id}, {"title", probe.title}, {"family", family.name}, {"traits", traits}});
    }
  }
  return 0;
}

const Probe* find(std::string_view id) {
  for (auto family_of : families)
    for (const Probe& probe : family_of().probes)
      if (probe.id == id) return &probe;
  return nullptr;
}

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::open:
      return "open";
    case Outcome::within:
      return "within";
    case Outcome::blocked:
      return "blocked";
  }
  return "blocked";
}

int attempt(std::string_view id, std::string fixtures_text) {
  const Probe* probe = find(id);
  if (probe == nullptr) {
    std::fprintf(stderr, "cloister-probe: there is no such probe; see --list\n");
    return 2;
  }
  if (fixtures_text == "-") fixtures_text = read_up_to(0, 64u << 10);
  boost::system::error_code error;
  boost::json::value fixtures = boost::json::parse(fixtures_text, error);
  if (error || !fixtures.is_object()) {
    std::fprintf(stderr, "cloister-probe: the fixtures are no JSON object\n");
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  Verdict verdict = probe->attempt(Fixtures(fixtures.as_object()));
  say({{"id", id},
       {"result", word(verdict.outcome)},
       {"errno", verdict.error},
       {"detail", verdict.error == 0 ? verdict.detail
                                     : verdict.detail + ": " + strerrorname_np(verdict.error)}});
  return 0;
}

}  // namespace

Verdict open(std::string detail) {
  return {Outcome::open, 0, std::move(detail)};
}
Verdict within(std::string detail) {
  return {Outcome::within, 0, std::move(detail)};
}
Verdict blocked(std::string detail, int error) {
  return {Outcome::blocked, error, std::move(detail)};
}
Verdict blocked(std::string detail) {
  int error = errno;
  return {Outcome::blocked, error, std::move(detail)};
}

std::string Fixtures::text(std::string_view name) const {
  const auto* value = values_.if_contains(name);
  if (value != nullptr && value->is_string()) return std::string(value->get_string());
  std::fprintf(stderr, "cloister-probe: fixture %.*s is missing\n", static_cast<int>(name.size()),
               name.data());
  _exit(2);
}

std::int64_t Fixtures::number(std::string_view name) const {
  const auto* value = values_.if_contains(name);
  if (value != nullptr && value->is_int64()) return value->get_int64();
  std::fprintf(stderr, "cloister-probe: fixture %.*s is missing\n", static_cast<int>(name.size()),
               name.data());
  _exit(2);
}

bool holds_secret(std::string_view content) {
  return content.find(secret_prefix) != content.npos;
}

int run_identity() {
  boost::json::object identity{{"user", static_cast<std::int64_t>(getuid())},
                               {"effective_user", static_cast<std::int64_t>(geteuid())}};
  say(identity);
  return geteuid() == getuid() ? 0 : 42;
}

}  // namespace cloister::probe

int main(int count, char** arguments) {
  using namespace cloister::probe;
  std::string_view first = count > 1 ? arguments[1] : "";
  if (first == "--list") return list();
  if (first == "--decoy") return run_decoy();
  if (first == "--identity") return run_identity();
  if (count == 4 && std::string_view(arguments[2]) == "--fixtures")
    return attempt(first, arguments[3]);
  std::fprintf(stderr, "usage: cloister-probe --list | ID --fixtures JSON\n");
  return 2;
}
