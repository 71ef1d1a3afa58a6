// SPDX-License-Identifier: Apache-2.0
#include "stream_capture.hpp"

#include "text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace cloister::kernels {

base::Result<std::unique_ptr<StreamCapture>> StreamCapture::start(std::size_t bytes_max) {
  CLOISTER_TRY(io::DescriptorPair data, io::pipe());
  CLOISTER_TRY(io::DescriptorPair wake, io::pipe());
  // The reading end alone: the flag belongs to the end, not to the pipe.
  fcntl(data.first.number(), F_SETFL, O_NONBLOCK);
  return std::unique_ptr<StreamCapture>(
      new StreamCapture(std::move(data), std::move(wake), bytes_max));
}

StreamCapture::StreamCapture(io::DescriptorPair data, io::DescriptorPair wake,
                             std::size_t bytes_max)
    : reader_(std::move(data.first)),
      writer_(std::move(data.second)),
      wake_reader_(std::move(wake.first)),
      wake_writer_(std::move(wake.second)),
      bytes_max_(bytes_max),
      thread_([this] { read_until_woken(); }) {}

StreamCapture::~StreamCapture() {
  wake_writer_.close();
}

void StreamCapture::read_until_woken() {
  for (;;) {
    std::array<pollfd, 2> wanted{{{.fd = reader_.number(), .events = POLLIN, .revents = 0},
                                  {.fd = wake_reader_.number(), .events = POLLIN, .revents = 0}}};
    if (poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
    if (!read_what_is_there() || wanted[1].revents != 0) return;
  }
}

bool StreamCapture::read_what_is_there() {
  std::array<char, 65536> part{};
  // More rounds than a pipe holds, so that nothing is left behind; an end, so that a writer that
  // never stops cannot keep this thread.
  for (int round = 0; round < 64; ++round) {
    ssize_t got = ::read(reader_.number(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    std::size_t size = static_cast<std::size_t>(got);
    std::size_t room = std::min(size, bytes_max_ - kept_.size());
    kept_.append(part.data(), room);
    truncated_ = truncated_ || room < size;
  }
  return true;
}

StreamCapture::Captured StreamCapture::finish() {
  writer_.close();
  wake_writer_.close();
  if (thread_.joinable()) thread_.join();
  Captured captured{.text = to_valid_utf8(kept_), .truncated = truncated_};
  if (truncated_) captured.text += fmt::format("\n[cut here: more than {} bytes]\n", bytes_max_);
  return captured;
}

}  // namespace cloister::kernels
