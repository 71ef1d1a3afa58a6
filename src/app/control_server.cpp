// SPDX-License-Identifier: Apache-2.0
#include "control_server.hpp"

#include "cloister/api/commands.hpp"
#include "cloister/io/bounded_queue.hpp"

#include "control_protocol.hpp"
#include "peer_check.hpp"

namespace cloister::app {
namespace {

using std::chrono::seconds;

constexpr std::size_t connections_max = 24;
constexpr std::size_t outgoing_bytes_max = 8u << 20;

// One client and what travels to it while its command runs. Shared, because the command's thread
// posts to the loop.
struct Conversation {
  Conversation(io::EventLoop& loop, io::Descriptor connection)
      : loop(loop),
        socket(loop, std::move(connection)),
        outgoing(loop, outgoing_bytes_max, io::WhenFull::drop_oldest) {}

  io::EventLoop& loop;
  io::AsyncFrameSocket socket;
  io::BoundedQueue<io::Frame>
      outgoing;  // progress and items: the oldest go when the client does not read
  std::stop_source stop;
};
using Shared = std::shared_ptr<Conversation>;

void post_frame(const Shared& conversation, io::Frame frame) {
  conversation->loop.post([conversation, frame = std::move(frame)]() mutable {
    std::size_t bytes = frame.header.size() + frame.body.size();
    (void)conversation->outgoing.try_push(std::move(frame), bytes);
  });
}

io::Task<> send_outgoing(Shared conversation) {
  for (;;) {
    auto frame = co_await conversation->outgoing.pop(io::no_deadline);
    if (!frame) co_return;
    auto sent = co_await conversation->socket.send(std::move(*frame),
                                                   conversation->loop.deadline_in(seconds(30)));
    if (!sent) {
      conversation->stop.request_stop();
      co_return;
    }
  }
}

// The client sends nothing after its call: whatever arrives means that it gave up.
io::Task<> await_hangup(Shared conversation) {
  auto frame = co_await conversation->socket.receive(io::no_deadline);
  if (!co_await io::is_cancelled()) conversation->stop.request_stop();
}

api::Listener listener_of(const Shared& conversation) {
  return {
      .progress =
          [conversation](std::string_view what, std::uint64_t done, std::uint64_t total) {
            post_frame(conversation, encode_progress(what, done, total));
          },
      .item = [conversation](
                  const boost::json::object& item) { post_frame(conversation, encode_item(item)); },
      .stop = conversation->stop.get_token()};
}

}  // namespace

ControlServer::ControlServer(io::EventLoop& loop, api::Studio& studio)
    : loop_(loop), studio_(studio), connections_(loop) {}

void ControlServer::start(io::Descriptor listener) {
  io::Handler handle = [this](io::Descriptor connection) { return answer(std::move(connection)); };
  auto serve = [](ControlServer& self, io::Descriptor socket, io::Handler handler) -> io::Task<> {
    (void)co_await io::serve_connections(self.loop_, self.connections_, std::move(socket),
                                         connections_max, std::move(handler));
  };
  connections_.spawn(serve(*this, std::move(listener), std::move(handle)));
}

io::Task<> ControlServer::stop() {
  stopping_.request_stop();
  co_await connections_.stop();
}

io::Task<> ControlServer::answer(io::Descriptor connection) {
  base::Outcome welcome = check_peer(connection);
  Shared conversation = std::make_shared<Conversation>(loop_, std::move(connection));
  std::stop_callback stopping(stopping_.get_token(),
                              [conversation] { conversation->stop.request_stop(); });
  base::Result<io::Frame> frame =
      co_await conversation->socket.receive(loop_.deadline_in(seconds(30)));
  base::Result<api::Reply> reply = api::Reply{};
  io::TaskGroup beside(loop_);
  if (!frame) co_return;
  if (!welcome) {
    reply = std::unexpected(welcome.error());
  } else if (auto call = decode_call(std::move(*frame)); !call) {
    reply = std::unexpected(call.error());
  } else {
    beside.spawn(send_outgoing(conversation));
    beside.spawn(await_hangup(conversation));
    auto work = [this, &call, listener = listener_of(conversation)] {
      return api::execute(studio_, *call, listener);
    };
    reply = co_await io::run_blocking(loop_, std::move(work));
    conversation->outgoing.close();
    co_await beside.stop();
  }
  io::Frame answer = encode_reply(std::move(reply));
  (void)co_await conversation->socket.send(std::move(answer), loop_.deadline_in(seconds(60)));
}

}  // namespace cloister::app
