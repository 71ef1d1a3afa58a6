// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include "cloister/app/errors.hpp"
#include "cloister/base/limits.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cloister::app {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Reads to the end or to the limit, without a copy that is not wiped.
base::Result<base::SecretBytes> read_secret(int descriptor, bool one_line) {
  base::SecretBytes buffer(base::limits::passphrase_bytes_max + 2);
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    ssize_t got = ::read(descriptor, buffer.writable().data() + filled,
                         one_line ? 1 : buffer.size() - filled);
    if (got < 0 && errno == EINTR) return base::fail(errors::cancelled, "cancelled at the prompt");
    if (got < 0) return base::fail_errno(errors::cannot_open, "cannot read the passphrase", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (one_line && buffer.view()[filled - 1] == std::byte{'\n'}) break;
  }
  if (filled > 0 && buffer.view()[filled - 1] == std::byte{'\n'}) --filled;
  if (filled > 0 && buffer.view()[filled - 1] == std::byte{'\r'}) --filled;
  if (filled > base::limits::passphrase_bytes_max)
    return base::fail(errors::usage, "a passphrase has at most 1024 bytes",
                      "give the file that holds only it");
  return base::SecretBytes::copy_of(buffer.view().first(filled));
}

// Switches the terminal's echo off, and on again whatever happens.
class NoEcho {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal) {
    active_ = tcgetattr(terminal_, &before_) == 0;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (active_) tcsetattr(terminal_, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (active_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  int terminal_;
  bool active_ = false;
  termios before_{};
};

base::Result<base::SecretBytes> ask_once(int terminal, std::string_view prompt) {
  std::string text = fmt::format("{}: ", prompt);
  [[maybe_unused]] ssize_t shown = ::write(terminal, text.data(), text.size());
  NoEcho quiet(terminal);
  auto secret = read_secret(terminal, true);
  shown = ::write(terminal, "\n", 1);
  return secret;
}

}  // namespace

io::Path home_folder(const ParsedLine& line) {
  io::Path home;
  if (const std::string* given = line.find("home")) {
    home = *given;
  } else if (std::string from_environment = environment("CLOISTER_HOME");
             !from_environment.empty()) {
    home = from_environment;
  } else if (std::string data = environment("XDG_DATA_HOME"); !data.empty()) {
    home = io::Path(data) / "cloister";
  } else {
    home = io::Path(environment("HOME")) / ".local/share/cloister";
  }
  return std::filesystem::absolute(home).lexically_normal();
}

base::Result<base::SecretBytes> given_passphrase(const ParsedLine& line) {
  const std::string* option = line.find("passphrase_file");
  std::string path = option != nullptr ? *option : environment("CLOISTER_PASSPHRASE_FILE");
  if (path.empty()) return base::SecretBytes();
  if (path == "-") return read_secret(STDIN_FILENO, false);
  io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open())
    return base::fail_errno(errors::cannot_open,
                            fmt::format("cannot open the passphrase file {}", path), errno);
  return read_secret(file.number(), false);
}

base::Result<base::SecretBytes> ask_passphrase(std::string_view prompt, bool twice) {
  io::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.open())
    return base::fail(errors::no_passphrase,
                      "no passphrase was given and there is no terminal to ask at",
                      "give --passphrase-file F, or set CLOISTER_PASSPHRASE_FILE");
  CLOISTER_TRY(base::SecretBytes first, ask_once(terminal.number(), prompt));
  if (!twice) return first;
  CLOISTER_TRY(base::SecretBytes second, ask_once(terminal.number(), "again"));
  if (!base::equal_constant_time(first.view(), second.view()))
    return base::fail(errors::no_passphrase, "the two passphrases differ", "try again");
  return first;
}

bool is_terminal(int descriptor) {
  return isatty(descriptor) == 1;
}

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

std::string login_name() {
  if (const passwd* user = getpwuid(getuid()); user != nullptr && user->pw_name != nullptr)
    return user->pw_name;
  return fmt::format("user{}", getuid());
}

}  // namespace cloister::app
