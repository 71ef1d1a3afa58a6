// SPDX-License-Identifier: Apache-2.0
#include "data_channel.hpp"

#include "cloister/base/secret.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/wire/data_errors.hpp"

namespace cloister::vault {
namespace {

namespace errors = wire::data_errors;

// What went wrong with the socket says nothing to a person; that the worker is gone does.
base::Error died(const base::Error& error) {
  if (error.is(io::errors::timeout))
    return {errors::worker_died, "the data worker does not answer any more",
            "try again; if it happens again, tell us what was asked of it"};
  return {errors::worker_died, "the data worker ended before it was done",
          "it may have needed more memory than there is; try again with less data"};
}

}  // namespace

base::Outcome DataChannel::send(wire::data::Packet packet,
                                std::vector<io::Descriptor> descriptors) {
  io::Frame frame{.header = std::move(packet.header),
                  .body = std::move(packet.body),
                  .descriptors = std::move(descriptors)};
  base::Outcome sent;
  {
    std::lock_guard lock(send_mutex_);
    sent = socket_.send(frame, io::deadline_in(silence_max_));
  }
  base::wipe(frame.body);  // it can hold keys
  return sent;
}

base::Result<DataReply> DataChannel::receive() {
  CLOISTER_TRY(io::Frame frame, socket_.receive(io::deadline_in(silence_max_)));
  CLOISTER_TRY(wire::data::Reply reply, wire::data::decode_reply(frame.header));
  return DataReply{std::move(reply), std::move(frame.body), std::move(frame.descriptors)};
}

base::Result<DataReply> DataChannel::converse(wire::data::Packet packet,
                                              std::vector<io::Descriptor> descriptors,
                                              const OnProgress& on_progress,
                                              const std::stop_token& stop) {
  if (!usable_) return base::fail(errors::worker_died, "the data worker has ended");
  if (stop.stop_requested()) return base::fail(errors::cancelled, "cancelled");
  base::Outcome sent = send(std::move(packet), std::move(descriptors));
  if (!sent) {
    usable_ = false;
    return std::unexpected(died(sent.error()));
  }
  std::stop_callback cancel(stop, [this] {
    (void)send(wire::data::encode(wire::data::CancelRequest{}), {});  // the reply tells the rest
  });
  for (;;) {
    auto received = receive();
    if (!received) {
      usable_ = false;
      return std::unexpected(died(received.error()));
    }
    if (const auto* progress = std::get_if<wire::data::ProgressReply>(&received->reply)) {
      if (on_progress) on_progress(*progress);
      continue;
    }
    if (auto* failure = std::get_if<wire::data::FailureReply>(&received->reply))
      return std::unexpected(std::move(failure->error));
    return received;
  }
}

}  // namespace cloister::vault
