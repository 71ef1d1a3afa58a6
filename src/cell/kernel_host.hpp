// SPDX-License-Identifier: Apache-2.0
// The supervisor of a kernel: runs its client, keeps its journal, serves whoever attaches, and ends
// with the kernel, or when nobody came for long.
#pragma once

#include "cloister/cell/kernel.hpp"

#include "attachment.hpp"
#include "attempt_store.hpp"
#include "journal.hpp"
#include "kernel_client.hpp"
#include "kernel_status.hpp"
#include "last_words.hpp"
#include "running_cell.hpp"

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cloister::cell {

// What of a request is for the host, not for the cell.
struct HostedKernel {
  KernelSettings settings;
  KernelDescriptors descriptors;
  base::SecretBytes journal_key;
  base::SecretBytes signing_key;
  io::Descriptor streams;  // where the payload's standard streams end
  uid_t owner = 0;         // who may attach
  std::string limits_by;
};

class KernelHost {
 public:
  KernelHost(HostedKernel kernel, const CellSpec& spec, RunningCell& cell);
  ~KernelHost();
  // Until nothing of the kernel is left and nobody wants to hear of it. On the main thread.
  void run();

 private:
  base::Outcome start_client();
  void turn();
  int wait_ms();
  void look_at_time();
  void accept_owner();
  void accept_door();
  void take_orders();
  void obey(const attach::Order& order);
  void interrupt();
  void shut_down(bool restart);
  void end(EndReason reason, std::string message = {});
  void finish();
  void wake();
  base::Outcome send(wire::Channel channel, wire::JupyterMessage message);
  attach::State state();

  HostedKernel kernel_;
  const CellSpec& spec_;
  RunningCell& cell_;
  io::Descriptor wake_;
  KernelStatus status_;
  AttemptStore attempts_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<KernelClient> client_;
  LastWords last_words_;
  io::Deadline start_;
  io::Deadline lonely_end_;
  io::Deadline polite_end_ = io::no_deadline;
  std::optional<CellExit> exit_;
  std::atomic<bool> ended_ = false;  // everything of the cell is gone
  bool forgotten_ = false;           // nobody wants to hear of it any more
  std::mutex mutex_;  // guards orders_, failure_, attachment_'s pointer for other threads
  std::vector<attach::Order> orders_;
  std::string failure_;
  std::unique_ptr<Attachment> attachment_;  // last: its threads use all above
};

}  // namespace cloister::cell
