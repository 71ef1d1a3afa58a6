// SPDX-License-Identifier: Apache-2.0
#include "network_witness.hpp"

#include "cloister/cell/errors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ranges>

namespace cloister::cell {
namespace {

std::string read_all(const io::Descriptor& file) {
  std::string text;
  std::array<char, 4096> bytes{};
  while (file.open() && text.size() < 256u << 10) {
    ssize_t got = pread(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(text.size()));
    if (got <= 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (auto line : std::views::split(text, '\n')) lines.emplace_back(line.begin(), line.end());
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (auto word : std::views::split(line, ' '))
    if (!word.empty()) words.emplace_back(word.begin(), word.end());
  return words;
}

std::uint64_t number_of_text(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

base::Result<NetworkWitness> NetworkWitness::of(pid_t process) {
  auto open_counter = [process](const char* name) {
    return io::Descriptor(
        open(fmt::format("/proc/{}/net/{}", process, name).c_str(), O_RDONLY | O_CLOEXEC));
  };
  NetworkWitness witness;
  witness.snmp_ = open_counter("snmp");
  witness.snmp6_ = open_counter("snmp6");  // absent where IPv6 is off
  witness.interfaces_ = open_counter("dev");
  if (!witness.snmp_.open() || !witness.interfaces_.open())
    return base::fail_errno(errors::setup_failed, "the counters of a cell cannot be read", errno);
  return witness;
}

NetworkCounters NetworkWitness::read() const {
  return {.unrouted = unrouted_in_snmp(read_all(snmp_)) + unrouted_in_snmp6(read_all(snmp6_)),
          .interfaces = interfaces_in(read_all(interfaces_))};
}

// Two lines "Ip: name …" and "Ip: number …".
std::uint64_t unrouted_in_snmp(std::string_view text) {
  std::vector<std::string_view> names;
  for (std::string_view line : lines_of(text)) {
    if (!line.starts_with("Ip:")) continue;
    auto words = words_of(line);
    if (names.empty()) {
      names = words;
      continue;
    }
    auto found = std::ranges::find(names, "OutNoRoutes");
    auto at = static_cast<std::size_t>(found - names.begin());
    return at < words.size() ? number_of_text(words[at]) : 0;
  }
  return 0;
}

std::uint64_t unrouted_in_snmp6(std::string_view text) {
  for (std::string_view line : lines_of(text)) {
    constexpr std::string_view name = "Ip6OutNoRoutes";
    if (!line.starts_with(name)) continue;
    std::size_t at = line.find_first_of("0123456789", name.size());
    return at == line.npos ? 0 : number_of_text(line.substr(at));
  }
  return 0;
}

std::vector<std::string> interfaces_in(std::string_view text) {
  std::vector<std::string> interfaces;
  for (std::string_view line : lines_of(text)) {
    std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::size_t start = line.find_first_not_of(' ');
    interfaces.emplace_back(line.substr(start, colon - start));
  }
  return interfaces;
}

}  // namespace cloister::cell
