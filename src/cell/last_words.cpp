// SPDX-License-Identifier: Apache-2.0
#include "last_words.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

constexpr std::size_t kept_max = 8192;
constexpr int rounds_max = 16;

}  // namespace

LastWords::LastWords(io::Descriptor from) : from_(std::move(from)) {
  if (from_.open()) fcntl(from_.number(), F_SETFL, O_NONBLOCK);
}

void LastWords::listen() {
  std::array<char, 8192> part{};
  for (int round = 0; round < rounds_max && from_.open(); ++round) {
    ssize_t got = read(from_.number(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;
    if (got == 0) return from_.close();
    kept_.append(part.data(), static_cast<std::size_t>(got));
    if (kept_.size() > kept_max) kept_.erase(0, kept_.size() - kept_max);
  }
}

std::string LastWords::text() const {
  std::string text = kept_;
  for (char& c : text) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte >= 0x7f) c = '?';
  }
  return text;
}

}  // namespace cloister::cell
