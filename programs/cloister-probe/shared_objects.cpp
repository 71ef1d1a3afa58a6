// SPDX-License-Identifier: Apache-2.0
// Objects of the kernel that processes share by name or number, and keys (I5, I7).
#include "reach.hpp"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace cloister::probe {
namespace {

Verdict shared_memory(const Fixtures& fixtures) {
  int object = shmget(static_cast<key_t>(fixtures.number("sysv_key")), 0, 0);
  if (object < 0) return blocked("shmget");
  void* area = shmat(object, nullptr, SHM_RDONLY);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the system call says -1 as a pointer
  if (area == reinterpret_cast<void*>(-1)) return blocked("shmat");
  std::string content(static_cast<const char*>(area), 64);
  shmdt(area);
  return holds_secret(content) ? open("read shared memory of the outside")
                               : blocked("not the outside's memory", ENODATA);
}

Verdict message_queue(const Fixtures& fixtures) {
  int object = msgget(static_cast<key_t>(fixtures.number("sysv_key")), 0);
  if (object < 0) return blocked("msgget");
  struct {
    long type;
    char text[128];
  } message{};
  ssize_t size = msgrcv(object, &message, sizeof message.text, 0, IPC_NOWAIT);
  if (size < 0) return blocked("msgrcv");
  return holds_secret({message.text, static_cast<std::size_t>(size)})
             ? open("took a message of the outside")
             : blocked("not the outside's message", ENODATA);
}

Verdict semaphore(const Fixtures& fixtures) {
  int object = semget(static_cast<key_t>(fixtures.number("sysv_key")), 0, 0);
  if (object < 0) return blocked("semget");
  int value = semctl(object, 0, GETVAL);
  return value < 0 ? blocked("semctl") : open("read a semaphore of the outside");
}

Verdict posix_memory(const Fixtures& fixtures) {
  return read_secret("/dev/shm/" + fixtures.text("posix_name"));
}

Verdict posix_queue(const Fixtures& fixtures) {
  mqd_t queue = mq_open(("/" + fixtures.text("posix_name")).c_str(), O_RDONLY | O_NONBLOCK);
  if (queue < 0) return blocked("mq_open");
  char message[256];
  ssize_t size = mq_receive(queue, message, sizeof message, nullptr);
  Verdict verdict = size < 0 ? blocked("mq_receive") : open("took a message of the outside");
  mq_close(queue);
  return verdict;
}

// A key in a keyring that the process inherits from whoever started it.
Verdict key(const Fixtures& fixtures, long keyring) {
  long found =
      syscall(SYS_keyctl, KEYCTL_SEARCH, keyring, "user", fixtures.text("key_name").c_str(), 0);
  if (found < 0) return blocked("search of a keyring");
  char content[256];
  long size = syscall(SYS_keyctl, KEYCTL_READ, found, content, sizeof content);
  if (size < 0) return blocked("read of a key");
  return holds_secret({content, static_cast<std::size_t>(size)})
             ? open("read a key of the outside")
             : blocked("not the outside's key", ENODATA);
}

Verdict session_key(const Fixtures& fixtures) {
  return key(fixtures, KEY_SPEC_SESSION_KEYRING);
}

Verdict requested_key(const Fixtures& fixtures) {
  long found = syscall(SYS_request_key, "user", fixtures.text("key_name").c_str(), nullptr, 0);
  return found < 0 ? blocked("request_key") : open("a key of the outside was found");
}

// A place to leave something for later processes of the same user.
Verdict left_key(const Fixtures&) {
  long made = syscall(SYS_add_key, "user", "cloister-probe-left", "x", 1, KEY_SPEC_SESSION_KEYRING);
  if (made < 0) return blocked("add_key");
  syscall(SYS_keyctl, KEYCTL_UNLINK, made, KEY_SPEC_SESSION_KEYRING);
  return open("a key was left in a keyring");
}

constexpr Probe probes[] = {
    {"I5-shared-memory", "System V shared memory of the machine", shared_memory, optional},
    {"I5-message-queue", "A System V message queue of the machine", message_queue, optional},
    {"I5-semaphore", "A System V semaphore of the machine", semaphore, optional},
    {"I5-posix-memory", "POSIX shared memory of the machine", posix_memory, optional},
    {"I5-posix-queue", "A POSIX message queue of the machine", posix_queue, optional},
    {"I7-session-key", "A key in the session's keyring", session_key, optional},
    {"I7-requested-key", "A key by request_key", requested_key, optional},
    {"I7-left-key", "A key left for other processes", left_key, optional},
};

}  // namespace

Family shared_object_family() {
  return {"shared-objects", probes};
}

}  // namespace cloister::probe
