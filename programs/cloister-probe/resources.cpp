// SPDX-License-Identifier: Apache-2.0
// Using up the machine (R1 …). Each goes a bounded step beyond the limit that the selftest gives
// to the cell; without a limit the step succeeds.
#include "reach.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

namespace cloister::probe {
namespace {

Verdict processes(const Fixtures& fixtures) {
  std::int64_t wanted = fixtures.number("process_limit") * 2;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return blocked("pipe");
  std::vector<pid_t> children;
  int error = 0;
  for (std::int64_t i = 0; i < wanted; ++i) {
    pid_t child = fork();
    if (child == 0) {
      ::close(ends[1]);
      char byte;
      [[maybe_unused]] ssize_t ended = ::read(ends[0], &byte, 1);  // until the parent is done
      _exit(0);
    }
    if (child < 0) {
      error = errno;
      break;
    }
    children.push_back(child);
  }
  ::close(ends[1]);
  ::close(ends[0]);
  for (pid_t child : children) waitpid(child, nullptr, 0);
  std::string count = std::to_string(children.size()) + " processes";
  return error == 0 ? open(count) : blocked(count, error);
}

Verdict threads(const Fixtures& fixtures) {
  std::int64_t wanted = fixtures.number("process_limit") * 2;
  std::vector<std::thread> made;
  std::atomic<bool> stop = false;
  int error = 0;
  try {
    while (static_cast<std::int64_t>(made.size()) < wanted)
      made.emplace_back([&] { stop.wait(false); });
  } catch (const std::system_error& failure) {
    error = failure.code().value();
  }
  stop = true;
  stop.notify_all();
  for (std::thread& thread : made) thread.join();
  std::string count = std::to_string(made.size()) + " threads";
  return error == 0 ? open(count) : blocked(count, error);
}

Verdict fill_memory(std::int64_t bytes) {
  void* area = mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return blocked("mmap");
  auto* touched = static_cast<volatile char*>(area);
  for (std::int64_t at = 0; at < bytes; at += 4096) touched[at] = 1;
  munmap(area, static_cast<std::size_t>(bytes));
  return open(std::to_string(bytes >> 20) + " MiB were used");
}

Verdict memory(const Fixtures& fixtures) {
  return fill_memory(fixtures.number("memory_limit") + (64 << 20));
}

Verdict open_files(const Fixtures& fixtures) {
  std::int64_t wanted = fixtures.number("open_file_limit") + 64;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;  // as a program may
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<int> files;
  int error = 0;
  while (static_cast<std::int64_t>(files.size()) < wanted && error == 0) {
    int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0) error = errno;
    if (file >= 0) files.push_back(file);
  }
  for (int file : files) ::close(file);
  std::string count = std::to_string(files.size()) + " open files";
  return error == 0 ? open(count) : blocked(count, error);
}

// Writes `bytes` to one file, in steps; the file is removed.
Verdict write_file(const std::string& path, std::int64_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return blocked("create");
  std::vector<char> step(1 << 20, 'x');
  std::int64_t done = 0;
  int error = 0;
  while (done < bytes && error == 0) {
    ssize_t count = ::write(file, step.data(), step.size());
    if (count <= 0) error = count < 0 ? errno : ENOSPC;
    if (count > 0) done += count;
  }
  ::close(file);
  std::string size = std::to_string(done >> 20) + " MiB written";
  return error == 0 ? open(size) : blocked(size, error);
}

Verdict file_size(const Fixtures& fixtures) {
  std::string path = fixtures.text("temporary") + "/large";
  Verdict verdict = write_file(path, fixtures.number("file_limit") + (2 << 20));
  unlink(path.c_str());
  return verdict;
}

Verdict fill_folder(const Fixtures& fixtures, const std::string& folder) {
  std::int64_t wanted = fixtures.number("temporary_limit") + (8 << 20);
  std::int64_t step = fixtures.number("file_limit") / 2;
  std::int64_t files = wanted / step + 1;
  Verdict verdict = open("filled");
  std::int64_t i = 0;
  for (; i < files && verdict.outcome == Outcome::open; ++i)
    verdict = write_file(folder + "/fill" + std::to_string(i), step);
  verdict.detail += " into file " + std::to_string(i);
  for (std::int64_t k = 0; k < i; ++k) unlink((folder + "/fill" + std::to_string(k)).c_str());
  return verdict;
}

Verdict fill_temporary(const Fixtures& fixtures) {
  return fill_folder(fixtures, fixtures.text("temporary"));
}

Verdict fill_shared(const Fixtures& fixtures) {
  return fill_folder(fixtures, "/dev/shm");
}

// Empty files use memory of the kernel's, which no limit in bytes counts.
Verdict many_files(const Fixtures& fixtures) {
  std::int64_t wanted = fixtures.number("inode_limit") * 2;
  std::string folder = fixtures.text("temporary") + "/many";
  if (mkdir(folder.c_str(), 0700) != 0) return blocked("mkdir");
  std::int64_t made = 0;
  int error = 0;
  for (; made < wanted && error == 0; ++made)
    if (mknod((folder + "/" + std::to_string(made)).c_str(), S_IFREG | 0600, 0) != 0) error = errno;
  for (std::int64_t i = 0; i < made; ++i) unlink((folder + "/" + std::to_string(i)).c_str());
  rmdir(folder.c_str());
  std::string count = std::to_string(made) + " files";
  return error == 0 ? open(count) : blocked(count, error);
}

Verdict processor_time(const Fixtures& fixtures) {
  ::signal(SIGXCPU, SIG_IGN);  // only the hard limit counts
  auto wanted = std::chrono::seconds(fixtures.number("cpu_limit_s")) + std::chrono::seconds(2);
  timespec used{};
  do {
    for (volatile unsigned i = 0; i < 1'000'000; i = i + 1) {
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  } while (std::chrono::seconds(used.tv_sec) < wanted);
  return open(std::to_string(used.tv_sec) + " s of processor time");
}

Verdict wall_time(const Fixtures& fixtures) {
  poll(nullptr, 0, static_cast<int>(fixtures.number("wall_limit_s") + 1) * 1000);
  return open("lived longer than its time");
}

// What is lowered must not be raised again.
Verdict raise_limit(const Fixtures& fixtures) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  rlim_t wanted = static_cast<rlim_t>(fixtures.number("open_file_limit")) + 1;
  if (limit.rlim_max >= wanted) return open("the limit is not lowered");
  limit.rlim_max = limit.rlim_cur = wanted;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? open("a limit was raised") : blocked("setrlimit");
}

constexpr Probe probes[] = {
    {"R1-processes", "A fork bomb", processes, limited | killable},
    {"R1-threads", "A bomb of threads", threads, limited | killable},
    {"R2-memory", "More memory than the limit", memory, limited | killable},
    {"R3-open-files", "More open files than the limit", open_files, limited},
    {"R3-raise", "A higher limit than given", raise_limit, limited},
    {"R4-file-size", "A larger file than the limit", file_size, limited | killable},
    {"R5-temporary", "Filling the temporary folder", fill_temporary, limited | killable},
    {"R5-shared", "Filling the folder of shared memory", fill_shared,
     limited | killable | optional},
    {"R6-many-files", "Countless empty files", many_files, limited | killable},
    {"R7-processor-time", "More processor time than the limit", processor_time, limited | killable},
    {"R8-wall-time", "Living longer than the limit", wall_time, limited | killable},
};

}  // namespace

Family resource_family() {
  return {"resources", probes};
}

}  // namespace cloister::probe
