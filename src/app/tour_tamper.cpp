// SPDX-License-Identifier: Apache-2.0
// The tour's last steps: changes to copies of the home are found, and a stranger's program checks
// the ledger.
#include "cloister/app/errors.hpp"
#include "cloister/io/process.hpp"
#include "cloister/report/numbers.hpp"
#include "cloister/wire/json.hpp"

#include "tour.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace cloister::app {
namespace json = boost::json;
namespace {

constexpr std::uint64_t checkpoint_bytes_max = 64u << 10;

using Change = base::Result<std::string> (*)(io::Disk& disk, const io::Path& home);

struct Trial {
  std::string_view title;
  const char* verify;  // the command that must find it
  Change change;       // returns what was changed
};

base::Result<io::Path> sealed_file(const io::Path& home) {
  std::error_code error;
  io::Path largest;
  std::uintmax_t size = 0;
  for (std::filesystem::recursive_directory_iterator it(home / "vault", error), end;
       !error && it != end; it.increment(error))
    if (it->is_regular_file() && it->path().filename() == "data.duckdb" && it->file_size() > size) {
      size = it->file_size();
      largest = it->path();
    }
  if (largest.empty()) return base::fail(errors::cannot_open, "the home has no sealed dataset");
  return largest;
}

base::Outcome change_bytes(io::Disk& disk, const io::Path& path,
                           const std::function<void(base::Bytes&)>& change) {
  CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, path, 1ull << 30));
  change(bytes);
  return io::replace_file(disk, path, bytes);
}

base::Result<std::string> flip_a_bit(io::Disk& disk, const io::Path& home) {
  CLOISTER_TRY(io::Path file, sealed_file(home));
  CLOISTER_TRY_DO(change_bytes(
      disk, file, [](base::Bytes& bytes) { bytes[bytes.size() / 2] ^= std::byte{1}; }));
  return file.lexically_relative(home).native();
}

// DuckDB itself does not notice this one: its blocks do not know their place.
base::Result<std::string> swap_blocks(io::Disk& disk, const io::Path& home) {
  constexpr std::ptrdiff_t first = 12288;
  constexpr std::ptrdiff_t block = 262144;
  CLOISTER_TRY(io::Path file, sealed_file(home));
  CLOISTER_TRY_DO(change_bytes(disk, file, [](base::Bytes& bytes) {
    if (bytes.size() >= first + 2 * block)
      std::swap_ranges(bytes.begin() + first, bytes.begin() + first + block,
                       bytes.begin() + first + block);
  }));
  return file.lexically_relative(home).native();
}

base::Result<std::string> cut_the_ledger(io::Disk& disk, const io::Path& home) {
  CLOISTER_TRY_DO(change_bytes(disk, home / "ledger/log",
                               [](base::Bytes& bytes) { bytes.resize(bytes.size() / 2); }));
  return "ledger/log";
}

base::Result<std::string> rewrite_an_entry(io::Disk& disk, const io::Path& home) {
  CLOISTER_TRY_DO(change_bytes(disk, home / "ledger/log", [](base::Bytes& bytes) {
    bytes[bytes.size() / 3] ^= std::byte{0x20};
  }));
  return "ledger/log";
}

// A forged checkpoint, by which the ledger was there a year ago. It is compared with nothing else
// of the home, so that the signature alone can tell (test: test_without_signatures).
base::Result<std::string> date_the_checkpoint_back(io::Disk& disk, const io::Path& home) {
  constexpr std::string_view field = "\ntime ";
  io::Path file = home / "ledger/checkpoint";
  CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, file, checkpoint_bytes_max));
  std::string note(base::as_text(bytes));
  std::size_t begin = note.find(field) + field.size();
  std::size_t end = note.find('\n', begin);
  auto time = base::parse_rfc3339(note.substr(begin, end - begin));
  if (!time) return base::fail(errors::cannot_open, "the ledger's checkpoint has no time");
  note.replace(begin, end - begin, base::to_rfc3339(*time - std::chrono::years(1)));
  CLOISTER_TRY_DO(io::replace_file(disk, file, base::as_bytes(note)));
  return "ledger/checkpoint";
}

constexpr Trial trials[] = {
    {"one bit of a sealed dataset flipped", "data verify", flip_a_bit},
    {"two blocks of a sealed dataset exchanged", "data verify", swap_blocks},
    {"half of the ledger cut off", "ledger verify", cut_the_ledger},
    {"one byte of an old ledger entry changed", "ledger verify", rewrite_an_entry},
    {"the ledger's checkpoint dated back by a year", "ledger verify", date_the_checkpoint_back}};

base::Outcome copy_home(const io::Path& from, const io::Path& to) {
  std::error_code error;
  std::filesystem::remove_all(to, error);
  std::filesystem::create_directories(to, error);
  for (const char* part : {"home.json", "vault", "ledger"})
    if (!error)
      std::filesystem::copy(from / part, to / part, std::filesystem::copy_options::recursive,
                            error);
  if (!error) std::filesystem::create_directories(to / "run", error);
  if (error)
    return base::fail(errors::cannot_write,
                      fmt::format("cannot copy the home: {}", error.message()));
  return {};
}

}  // namespace

base::Result<TourFinding> Tour::tamper() {
  io::Path copy = home_.parent_path() / "tampered-copy";
  std::vector<report::Claim> claims;
  for (const Trial& trial : trials) {
    CLOISTER_TRY_DO(copy_home(home_, copy));
    CLOISTER_TRY(std::string where, trial.change(services_.disk, copy));
    auto reply = call_on(copy, trial.verify, {});
    std::string evidence = "not noticed";
    bool found = false;
    if (!reply) {
      found = reply.error().kind == base::Kind::integrity;
      evidence = reply.error().message;
    } else if (!reply->findings.empty()) {
      found = reply->findings[0].kind == base::Kind::integrity;
      evidence = reply->findings[0].message;
    }
    ++facts_.changes_made;
    facts_.changes_found += found ? 1 : 0;
    claims.push_back({.verdict = found ? report::Verdict::held : report::Verdict::failed,
                      .title = fmt::format("{} ({})", trial.title, where),
                      .evidence = evidence});
  }
  CLOISTER_TRY_DO(services_.disk.remove_folder(copy));
  TourFinding finding;
  finding.held = facts_.changes_found == facts_.changes_made;
  finding.line = fmt::format("{} of {} changes found", facts_.changes_found, facts_.changes_made);
  finding.section = report::Section("Tampering is found");
  finding.section
      .paragraph(
          "Each change was made to a copy of the home, as somebody with the disk in hand could do "
          "it.")
      .claims(claims);
  return finding;
}

namespace {

struct Verdict {
  int code = -1;
  std::string said;
};

// Runs the independent verifier (Python, one signature library, none of our code).
base::Result<Verdict> run_verifier(const io::Path& share, const io::Path& file) {
  CLOISTER_TRY(io::DescriptorPair out, io::pipe());
  io::Path python = io::Path(io::program_folder()).parent_path() / "python/bin/python3";
  io::Command command{
      .arguments = {python.native(), (share / "verify-ledger").native(), file.native()},
      .environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"},
      .folder = "/",
      .descriptors = {{1, &out.second}, {2, &out.second}},
      .end_with_parent = true};
  CLOISTER_TRY(io::Process process, io::Process::start(command));
  out.second.close();
  Verdict verdict;
  for (std::array<char, 4096> part{};;) {
    ssize_t got = ::read(out.first.number(), part.data(), part.size());
    if (got <= 0) break;
    verdict.said.append(part.data(), static_cast<std::size_t>(got));
  }
  CLOISTER_TRY(auto end, process.wait(io::deadline_in(std::chrono::seconds(60))));
  if (end) verdict.code = end->code;
  return verdict;
}

}  // namespace

base::Result<TourFinding> Tour::verify_independently() {
  CLOISTER_TRY(api::Reply exported, call("ledger export", {{"out", true}}));
  CLOISTER_TRY(api::Reply checkpoint, call("ledger checkpoint", {}));
  facts_.checkpoint = checkpoint.body;
  io::Path file = home_.parent_path() / "ledger-export.jsonl";
  io::Path forged = home_.parent_path() / "ledger-forged.jsonl";
  CLOISTER_TRY_DO(io::replace_file(services_.disk, file, base::as_bytes(exported.body)));
  // The control: the same export with one allowed decision rewritten must be refused.
  std::string lie = exported.body;
  if (std::size_t at = lie.find("guided tour"); at != std::string::npos)
    lie.replace(at, 6, "secret");
  CLOISTER_TRY_DO(io::replace_file(services_.disk, forged, base::as_bytes(lie)));
  CLOISTER_TRY(Verdict honest, run_verifier(share_, file));
  CLOISTER_TRY(Verdict caught, run_verifier(share_, forged));
  CLOISTER_TRY_DO(services_.disk.remove(forged));
  std::string said = honest.said.substr(0, honest.said.find('\n'));
  TourFinding finding;
  finding.held = honest.code == 0 && caught.code == 4 && lie != exported.body;
  finding.line =
      fmt::format("{}; a forged export was {}", said, caught.code == 4 ? "refused" : "accepted");
  finding.section = report::Section("A stranger can check the ledger");
  finding.section
      .paragraph(
          "tools/verify-ledger is a short Python program that shares no code with Cloister. It "
          "recomputed the tree from "
          "the exported entries and checked the signature of the checkpoint.")
      .code(honest.said)
      .paragraph("The same export with one word of one entry changed:")
      .code(caught.said)
      .paragraph(
          "Keep this checkpoint elsewhere: with it, later changes to the past are found, of a "
          "whole home too.")
      .code(facts_.checkpoint);
  return finding;
}

}  // namespace cloister::app
