// SPDX-License-Identifier: Apache-2.0
// What the supervisor of a kernel and its owner say to each other on attach.sock: frames of io,
// each header one of these as JSON. A new owner replaces the one before.
#pragma once

#include "cloister/cell/cell.hpp"
#include "cloister/wire/jupyter_message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cloister::cell::attach {

// Orders of the owner.
struct Subscribe {
  std::uint64_t from = 0;    // first sequence number wanted; what is there, then what comes
  std::uint64_t credit = 0;  // bytes (message_cost) that may be on their way
};
struct Credit {
  std::uint64_t bytes = 0;  // more that may be sent
};
struct Send {  // body: the parts one after another
  wire::Channel channel = wire::Channel::shell;
  std::vector<std::uint32_t> sizes;
};
struct Interrupt {};
struct Shutdown {
  bool restart = false;
};
struct Kill {};
struct AskState {};
struct AttemptsTaken {
  std::uint64_t through = 0;  // the number of the last attempt that is recorded elsewhere now
};
struct Forget {};  // after Ended: nothing of the journal is wanted any more
using Order = std::variant<Subscribe, Credit, Send, Interrupt, Shutdown, Kill, AskState,
                           AttemptsTaken, Forget>;

// Events of the supervisor.
struct State {
  std::string execution_state = "starting";  // as Jupyter's status messages say
  bool alive = true;
  bool connected = false;          // the kernel answered and its iopub is heard
  std::int64_t last_activity = 0;  // microseconds since 1970
  std::string session;             // the kernel's
  std::int64_t pid = 0;
  std::uint64_t first_seq = 0;  // of the journal
  std::uint64_t next_seq = 0;
  std::uint64_t truncated_bytes = 0;   // of outputs that the journal had no room for
  std::uint64_t lost = 0;              // messages that had no room at all
  std::uint64_t malformed = 0;         // messages of the kernel that were none, or not signed
  std::uint64_t disconnects = 0;       // times that a channel of the kernel broke
  std::uint64_t refused = 0;           // messages that the kernel did not take
  std::uint64_t synthesised_idle = 0;  // times that "idle" was lost
  std::string limits_by;
};
struct Message {  // body: the parts
  std::uint64_t seq = 0;
  std::uint64_t first = 0;  // less than seq where outputs were joined
  wire::Channel channel = wire::Channel::iopub;
  std::int64_t time = 0;
  std::vector<std::uint32_t> sizes;
};
struct Attempted {
  std::uint64_t number = 0;
  Attempt attempt;
};
struct Door {};  // one descriptor: a connection from the cell
struct Ended {
  CellExit exit;
  std::string last_words;  // the end of what the kernel wrote to its standard streams
};
struct Refused {
  base::Error error;  // of the order before
};
using Event = std::variant<State, Message, Attempted, Door, Ended, Refused>;

std::string to_json(const Order& order);
base::Result<Order> order_from_json(std::string_view text);
std::string to_json(const Event& event);
base::Result<Event> event_from_json(std::string_view text);

// What a message takes from the credit.
inline std::uint64_t message_cost(std::size_t body_bytes) {
  return body_bytes + 256;
}

}  // namespace cloister::cell::attach
