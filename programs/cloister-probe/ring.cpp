// SPDX-License-Identifier: Apache-2.0
#include "ring.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace cloister::probe {
namespace {

constexpr std::size_t ring_bytes = 4096;

char* map_ring(int number, off_t offset) {
  void* area =
      mmap(nullptr, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, number, offset);
  return area == MAP_FAILED ? nullptr : static_cast<char*>(area);
}

unsigned& field(char* ring, unsigned offset) {
  return *reinterpret_cast<unsigned*>(ring + offset);
}

}  // namespace

Ring::Ring() : number_(static_cast<int>(syscall(SYS_io_uring_setup, 2, &parameters_))) {
  if (number_ < 0) return;
  submission_ = map_ring(number_, IORING_OFF_SQ_RING);
  completion_ = map_ring(number_, IORING_OFF_CQ_RING);
  char* entries = map_ring(number_, IORING_OFF_SQES);
  if (submission_ != nullptr && completion_ != nullptr)
    entries_ = reinterpret_cast<io_uring_sqe*>(entries);
}

Ring::~Ring() {
  int error = errno;
  for (char* area : {submission_, completion_, reinterpret_cast<char*>(entries_)})
    if (area != nullptr) munmap(area, ring_bytes);
  if (number_ >= 0) ::close(number_);
  errno = error;
}

int Ring::run(const io_uring_sqe& entry) {
  std::atomic_ref<unsigned> tail(field(submission_, parameters_.sq_off.tail));
  unsigned at = tail.load() & field(submission_, parameters_.sq_off.ring_mask);
  entries_[at] = entry;
  reinterpret_cast<unsigned*>(submission_ + parameters_.sq_off.array)[at] = at;
  tail.fetch_add(1);
  long submitted = syscall(SYS_io_uring_enter, number_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
  if (submitted != 1) return submitted < 0 ? -errno : -EIO;
  std::atomic_ref<unsigned> head(field(completion_, parameters_.cq_off.head));
  unsigned done = head.load() & field(completion_, parameters_.cq_off.ring_mask);
  int result = reinterpret_cast<io_uring_cqe*>(completion_ + parameters_.cq_off.cqes)[done].res;
  head.fetch_add(1);
  return result;
}

}  // namespace cloister::probe
