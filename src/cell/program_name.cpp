// SPDX-License-Identifier: Apache-2.0
#include "program_name.hpp"

#include "cloister/io/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <array>

namespace cloister::cell {

std::string printable(std::string_view text) {
  std::string out;
  for (char character : text.substr(0, program_bytes_max))
    out += character >= 0x20 && character < 0x7f ? character : '?';
  return out;
}

std::string program_of(long process) {
  std::array<char, PATH_MAX> path{};
  ssize_t size = readlink(fmt::format("/proc/{}/exe", process).c_str(), path.data(), path.size());
  std::string program(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  io::Descriptor file(open(fmt::format("/proc/{}/cmdline", process).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 2 * program_bytes_max> line{};
  ssize_t got = file.open() ? read(file.number(), line.data(), line.size()) : 0;
  std::string arguments(line.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!arguments.empty() && arguments.back() == '\0') arguments.pop_back();
  for (char& character : arguments)
    if (character == '\0') character = ' ';
  if (program.empty()) return printable(arguments);
  std::size_t first_end = arguments.find(' ');
  if (first_end != arguments.npos) program += arguments.substr(first_end);
  return printable(program);
}

}  // namespace cloister::cell
