// SPDX-License-Identifier: Apache-2.0
// Answers the seccomp notifications of a cell and the questions to its DNS sinkhole, on a thread of
// its own, and records what was refused.
#pragma once

#include "cloister/base/clock.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/io/descriptor.hpp"

#include "attempt_folder.hpp"
#include "connector.hpp"
#include "dns_sinkhole.hpp"
#include "judge.hpp"
#include "seccomp_listener.hpp"

#include <mutex>
#include <thread>

namespace cloister::cell {

struct NameServer {
  io::Descriptor datagrams;
  io::Descriptor listener;
};

class Recorder {
 public:
  // `listener` may be closed (a cell without seccomp has nobody to answer to).
  static base::Result<std::unique_ptr<Recorder>> start(const CellSpec& spec,
                                                       io::Descriptor listener, OwnSockets own,
                                                       NameServer server);
  // Answers what is still waiting, then ends.
  ~Recorder();

  // What is due, oldest first. Any thread.
  std::vector<Attempt> take(bool last = false);
  AttemptFolder::Time due();
  // Readable when something new is due; take() makes it unreadable.
  const io::Descriptor& ready() const { return ready_; }
  // Ends the thread; take(true) then has all that ever happened.
  void stop();

 private:
  Recorder(const CellSpec& spec, io::Descriptor listener, OwnSockets own, NameServer server,
           io::Descriptor ready, io::Descriptor stopping);
  void run();
  void answer_one();
  void connect(const seccomp_notif& question, base::Bytes address);
  void record(const Refused& refused, long process);
  void record_question(const std::string& name);
  void add(Attempt attempt, long process);

  std::string cell_;
  std::string notebook_;
  Judge judge_;
  base::SystemClock clock_;
  SeccompListener listener_;
  Connector connector_;
  io::Descriptor ready_;
  io::Descriptor stopping_;
  long asking_process_ = 0;  // who last went to the sinkhole
  std::mutex mutex_;         // guards folder_
  AttemptFolder folder_;
  DnsSinkhole sinkhole_;
  std::thread thread_;
};

}  // namespace cloister::cell
