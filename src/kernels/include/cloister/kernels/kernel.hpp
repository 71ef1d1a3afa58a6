// SPDX-License-Identifier: Apache-2.0
// One Jupyter kernel in a sealed cell, as its owner (the server) sees it. The kernel, its outputs
// and its supervisor outlive this object and the server: attach() finds them again.
#pragma once

#include "cloister/base/secret.hpp"
#include "cloister/cell/attach.hpp"
#include "cloister/cell/kernel.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/kernels/kernelspec.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cloister::kernels {

struct KernelStart {
  std::string id;  // letters, digits and '-'
  Kernelspec spec;
  std::string session_path;  // of its notebook: JPY_SESSION_NAME
  io::Path project;          // the folder that the cell sees, read and write; empty: a private one
  std::string folder;        // working folder, relative to the project
  io::Path python;           // from find_python()
  std::string language = "C.UTF-8";
  std::string time_zone;  // empty: the machine's
  std::string key_slot;   // where the server finds the journal's key again; the key itself is never
                          // on the disk
  cell::Limits limits;
  cell::KernelSettings settings;
};

// Called on the kernel's listening thread, one at a time; while one runs, nothing more is taken
// from the supervisor than fits a window, so a slow callback slows its own subscription and nothing
// else.
struct KernelEvents {
  std::function<void(const cell::attach::Message&, base::Bytes body)> message;
  std::function<void(const cell::attach::State&)> state;
  std::function<void(const cell::Attempt&)> attempt;  // recorded when it returns
  std::function<void(io::Descriptor connection)> door;
  std::function<void(const base::Error&)> refused;  // an order could not be done
  std::function<void(const cell::attach::Ended&)> ended;
  // The supervisor is gone without a word; nothing more comes.
  std::function<void()> gone;
};

// Any thread may call its methods; callbacks may too, but for wait_for_end and restart. Destroying
// it lets the kernel live.
class Kernel {
 public:
  // Makes `run_folder` (0700) with the sockets and kernel.json in it. Returns when the kernel's
  // program runs; its sockets may take a while (State::connected).
  static base::Result<std::unique_ptr<Kernel>> start(const KernelStart& start,
                                                     const io::Path& run_folder,
                                                     const base::SecretBytes& journal_key,
                                                     KernelEvents events);
  // After a restart of the server. kernels.kernel-gone when its supervisor is not there any more:
  // remove the folder then.
  static base::Result<std::unique_ptr<Kernel>> attach(const io::Path& run_folder,
                                                      KernelEvents events);
  virtual ~Kernel() = default;

  virtual const KernelStart& start_of() const = 0;
  virtual base::Outcome subscribe(std::uint64_t from) = 0;  // messages from this number on
  virtual base::Outcome send(wire::Channel channel, const wire::JupyterMessage& message) = 0;
  virtual base::Outcome ask_state() = 0;
  virtual base::Outcome interrupt() = 0;
  virtual base::Outcome shut_down() = 0;  // politely, then by force
  virtual base::Outcome kill() = 0;
  // Nothing when the deadline passed first.
  virtual std::optional<cell::attach::Ended> wait_for_end(io::Deadline deadline) = 0;
  // Ends the kernel and starts another in its place: same id, same folder, sequence numbers go on.
  virtual base::Outcome restart(const base::SecretBytes& journal_key) = 0;
};

}  // namespace cloister::kernels
