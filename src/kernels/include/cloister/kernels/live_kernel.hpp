// SPDX-License-Identifier: Apache-2.0
// A kernel that the server serves: its state, its messages for many readers, and its life.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/io/task_group.hpp"
#include "cloister/kernels/broadcast.hpp"
#include "cloister/kernels/kernel.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace cloister::kernels {

// What the server does with what a kernel's cell says besides messages. Called on the kernel's
// listening thread.
struct CellEvents {
  std::function<void(const cell::Attempt&)> attempt;
  std::function<void(io::Descriptor connection)> door;
};

// On the loop's thread, but for start() and attach(), which block and run on the pool.
class LiveKernel : public std::enable_shared_from_this<LiveKernel> {
 public:
  static base::Result<std::shared_ptr<LiveKernel>> start(io::EventLoop& loop,
                                                         const KernelStart& start,
                                                         const io::Path& run_folder,
                                                         base::SecretBytes journal_key,
                                                         CellEvents events);
  // A kernel that outlived the server; kernels.kernel-gone when there is none in the folder.
  static base::Result<std::shared_ptr<LiveKernel>> attach(
      io::EventLoop& loop, const io::Path& run_folder,
      const std::function<CellEvents(const KernelStart&)>& events);
  ~LiveKernel();

  const std::string& id() const { return id_; }
  const std::string& spec_name() const { return spec_name_; }
  std::string execution_state() const;  // as Jupyter's models say it
  // Asks the supervisor while the kernel is not known to be idle: whoever looks again sees the
  // answer. (What nobody here asked for, a supervisor's first question, passes by nobody.)
  io::Task<> refresh();
  base::WallTime last_activity() const { return last_activity_; }
  bool ended() const { return ended_; }

  Broadcast& messages() { return broadcast_; }
  // Counted for the model's `connections`.
  void reader_came() { ++readers_; }
  void reader_went() { --readers_; }
  int readers() const { return readers_; }

  // Blocks until the supervisor took it; the answers go to `session`.
  io::Task<base::Outcome> send(wire::ChannelMessage message);
  io::Task<base::Outcome> interrupt();
  // Same id, a new process. Readers are told before and hear the new one after.
  io::Task<base::Outcome> restart(base::SecretBytes journal_key);
  io::Task<> shut_down();

 private:
  LiveKernel(io::EventLoop& loop, const KernelStart& start);
  KernelEvents events_for(CellEvents events);
  void take(const cell::attach::Message& message, base::Bytes body);  // listening thread
  void take(const cell::attach::State& state);
  void take_end();
  struct News {
    std::string session;
    std::string execution_state;
  };
  static News news_in(const wire::ChannelMessage& passing);  // listening thread
  void learn(News news);
  void say_status(std::string_view state);
  void wait_for_room(std::size_t bytes);

  io::EventLoop& loop_;
  std::string id_;
  std::string spec_name_;
  Broadcast broadcast_;
  std::unique_ptr<Kernel> kernel_;
  cell::attach::State state_;
  base::WallTime last_activity_;
  bool ended_ = false;
  bool ending_ = false;  // asked for by a person
  bool restarting_ = false;
  int readers_ = 0;

  // Between the listening thread and the loop: what is on its way, bounded.
  std::mutex mutex_;
  std::condition_variable room_;
  std::size_t posted_bytes_ = 0;
  bool closing_ = false;
};

}  // namespace cloister::kernels
