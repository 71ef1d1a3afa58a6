// SPDX-License-Identifier: Apache-2.0
#include "interruption.hpp"

#include <pthread.h>
#include <signal.h>

#include <cstdlib>

namespace cloister::app {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Interruption::Interruption() {
  sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([this](std::stop_token ended) {
    sigset_t wanted = ending_signals();
    for (int number = 0; sigwait(&wanted, &number) == 0 && !ended.stop_requested();) {
      if (source_.stop_requested()) std::_Exit(130);
      source_.request_stop();
    }
  });
}

Interruption::~Interruption() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), SIGHUP);  // wakes it, nobody else: the signal is blocked
}

}  // namespace cloister::app
