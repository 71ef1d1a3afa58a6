// SPDX-License-Identifier: Apache-2.0
// One owner of a kernel on attach.sock: a thread that hears its orders, and one that sends it what
// it wants to know, as much as it said it can take.
#pragma once

#include "cloister/cell/attach.hpp"
#include "cloister/io/frame_socket.hpp"

#include "attempt_store.hpp"
#include "journal.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace cloister::cell {

// What an attachment needs of its supervisor; all of it outlives it. Called from its threads.
struct AttachmentParts {
  Journal& journal;
  AttemptStore& attempts;
  std::function<attach::State()> state;
  std::function<base::Outcome(wire::Channel, wire::JupyterMessage)> send;
  std::function<void(attach::Order)> obey;  // what is not answered here
  std::function<void()> over;               // the owner has gone
};

class Attachment {
 public:
  Attachment(io::Descriptor socket, AttachmentParts parts);
  ~Attachment();
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;

  void ring();                          // something new may be there to send
  void hand_over(io::Descriptor door);  // closed when the owner takes none
  void tell_end(attach::Ended ended);   // after all messages
  bool over() const { return over_; }

 private:
  struct Outgoing {
    attach::Event event;
    io::Descriptor descriptor;
  };
  void listen();
  base::Outcome obey(io::Frame frame);
  base::Outcome pass_on(const attach::Send& order, const base::Bytes& body);
  void speak();
  // One thing that is to be sent now; false when there is none.
  bool send_next();
  bool send_queued();
  bool send_attempt();
  bool send_message();
  bool send_end();
  bool send(const attach::Event& event, base::Bytes body = {}, io::Descriptor descriptor = {});
  bool queue(attach::Event event, io::Descriptor descriptor = {});
  void close();

  io::FrameSocket socket_;
  AttachmentParts parts_;
  std::atomic<bool> over_ = false;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool rung_ = true;
  std::deque<Outgoing> queue_;
  bool subscribed_ = false;
  std::uint64_t cursor_ = 0;
  std::int64_t credit_ = 0;
  std::optional<attach::Ended> end_;
  std::uint64_t attempts_sent_ = 0;  // of the speaking thread
  std::jthread listening_;
  std::jthread speaking_;
};

}  // namespace cloister::cell
