// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/static_files.hpp"

#include "cloister/io/errors.hpp"

#include "compression.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloister::http {
namespace {

constexpr std::size_t hash_digits_min = 16;

std::unexpected<base::Error> no_such_file() {
  return base::fail(io::errors::not_found, "there is no such file");
}

io::Descriptor open_beneath(int folder, const std::string& path) {
  open_how how{};
  // A FIFO must not hold us up while it is opened.
  how.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return io::Descriptor(
      static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// "main.8811dd2733d03721.js": another content has another name.
bool has_hash(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  std::size_t digits = 0;
  for (char c : name) {
    digits = is_hex_digit(c) ? digits + 1 : 0;
    if (digits == hash_digits_min) return true;
  }
  return false;
}

}  // namespace

base::Result<io::Descriptor> open_below(const io::Descriptor& folder, std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return no_such_file();
  io::Descriptor file = open_beneath(folder.number(), std::string(path));
  struct stat status{};
  if (!file.open() || fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
    return no_such_file();
  return file;
}

base::Result<Response> whole_file(io::Descriptor descriptor, std::string_view name) {
  struct stat status{};
  if (fstat(descriptor.number(), &status) != 0)
    return base::fail_errno(io::errors::system, "cannot look at a file", errno);
  auto changed = std::chrono::seconds(status.st_mtim.tv_sec) +
                 std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  FileRegion region{.file = std::move(descriptor),
                    .offset = 0,
                    .length = static_cast<std::uint64_t>(status.st_size)};
  Response response = file(std::move(region), std::string(media_type_of(name)));
  response.etag = "\"" + std::to_string(status.st_ino) + "-" + std::to_string(status.st_size) +
                  "-" + std::to_string(changed.count()) + "\"";
  response.modified = base::WallTime(std::chrono::floor<base::Microseconds>(changed));
  return response;
}

StaticFiles::StaticFiles(io::EventLoop& loop, io::Descriptor folder, StaticOptions options)
    : loop_(&loop),
      folder_(std::make_shared<const io::Descriptor>(std::move(folder))),
      options_(options) {}

base::Result<StaticFiles> StaticFiles::open(io::EventLoop& loop, const std::string& folder,
                                            StaticOptions options) {
  io::Descriptor opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open())
    return base::fail_errno(io::errors::not_found, "cannot open a folder of the page", errno);
  return StaticFiles(loop, std::move(opened), options);
}

namespace {

struct Opened {
  io::Descriptor file;
  bool packed = false;
};

base::Result<Opened> open_packed_or_plain(const io::Descriptor& folder, const std::string& path,
                                          bool packed_is_welcome) {
  if (packed_is_welcome) {
    auto packed = open_below(folder, path + ".gz");
    if (packed) return Opened{.file = *std::move(packed), .packed = true};
  }
  CLOISTER_TRY(io::Descriptor plain, open_below(folder, path));
  return Opened{.file = std::move(plain), .packed = false};
}

}  // namespace

io::Task<Response> StaticFiles::answer(const Request& request, std::string path) const {
  bool packed_is_welcome =
      options_.precompressed && !request.headers.has("Range") && accepts_gzip(request.headers);
  auto look = [folder = folder_, &path, packed_is_welcome] {
    return open_packed_or_plain(*folder, path, packed_is_welcome);
  };
  base::Result<Opened> opened = co_await io::run_blocking(*loop_, std::move(look));
  if (!opened) co_return error(404, "Not Found");
  base::Result<Response> response = whole_file(std::move(opened->file), path);
  if (!response) co_return error(404, "Not Found");
  response->policy = options_.policy;
  if (options_.precompressed) response->headers.set("Vary", "Accept-Encoding");
  if (opened->packed) response->headers.set("Content-Encoding", "gzip");
  bool constant = request.query.find("v").has_value() || has_hash(path);
  response->headers.set("Cache-Control",
                        constant ? "public, max-age=31536000, immutable" : "no-cache");
  co_return *std::move(response);
}

}  // namespace cloister::http
