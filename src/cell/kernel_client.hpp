// SPDX-License-Identifier: Apache-2.0
// The supervisor's conversation with its kernel, on a thread of its own: everything that the kernel
// says goes into the journal, whoever listens or does not.
#pragma once

#include "cloister/cell/kernel.hpp"
#include "cloister/io/descriptor.hpp"

#include "idle_watch.hpp"
#include "journal.hpp"
#include "kernel_sockets.hpp"
#include "kernel_status.hpp"
#include "own_sockets.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

namespace cloister::cell {

struct KernelClientParts {
  const KernelSettings& settings;
  pid_t payload = -1;
  OwnSockets own;
  crypto::HmacSha256 key;
  Journal& journal;
  KernelStatus& status;
  std::function<void(std::string why)> give_up;  // the kernel does not answer
};

class KernelClient {
 public:
  // What `parts` refers to outlives the client.
  static base::Result<std::unique_ptr<KernelClient>> start(KernelClientParts parts);
  ~KernelClient();

  // Any thread. Kept until the kernel is there; cell.kernel-busy when too much waits.
  base::Outcome send(wire::Channel channel, wire::JupyterMessage message);
  // A request of our own: "shutdown_request", "interrupt_request".
  base::Outcome request(wire::Channel channel, std::string_view type, std::string content_json);
  // Takes what the kernel said until now, then ends the thread.
  void stop();

 private:
  struct Outgoing {
    wire::Channel channel;
    wire::JupyterMessage message;
  };
  KernelClient(KernelClientParts parts, std::unique_ptr<KernelSockets> sockets,
               io::Descriptor wake);
  void run(const std::stop_token& stop);
  bool connect(const std::stop_token& stop);
  bool find_socket(wire::Channel channel, io::Deadline deadline, const std::stop_token& stop);
  bool greet(const std::stop_token& stop);
  void pause(io::Deadline deadline);
  void take_all();
  void take(wire::Channel channel, std::vector<base::Bytes> frames);
  void hear(wire::Channel channel, const wire::JupyterHeader& header,
            const wire::JupyterMessage& message, const std::string& parent);
  void send_waiting();
  void synthesise_idle();

  KernelClientParts parts_;
  std::unique_ptr<KernelSockets> sockets_;
  io::Descriptor wake_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::string session_;              // ours, for requests of our own
  std::set<std::string> greetings_;  // ids of requests whose answers are nobody's business
  bool iopub_heard_ = false;
  IdleWatch idle_;
  std::mutex mutex_;  // guards outgoing_, outgoing_bytes_
  std::deque<Outgoing> outgoing_;
  std::size_t outgoing_bytes_ = 0;
  std::jthread thread_;
};

}  // namespace cloister::cell
