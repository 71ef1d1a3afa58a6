// SPDX-License-Identifier: Apache-2.0
// /api/kernels/{id}/channels: a kernel's messages over a WebSocket, both ways, byte for byte.
#include "cloister/io/task_group.hpp"
#include "cloister/rest/client_places.hpp"
#include "cloister/wire/kernel_websocket.hpp"

#include "resources.hpp"

#include <fmt/format.h>

namespace cloister::rest {
namespace {

using http::Request;
using http::WebSocket;
using kernels::Delivered;
using Live = std::shared_ptr<kernels::LiveKernel>;

// One open socket of one client.
class Channels {
 public:
  Channels(Site& site, Live kernel, WebSocket& socket, std::string session)
      : site_(site),
        kernel_(std::move(kernel)),
        socket_(socket),
        session_(std::move(session)),
        v1_(socket.subprotocol() == wire::kernel_websocket_v1),
        place_(site.places.take(*kernel_, session_)) {
    kernel_->reader_came();
  }
  ~Channels() {
    site_.places.keep(*kernel_, session_, place_);
    kernel_->reader_went();
  }

  // From the kernel to the page, until either goes.
  io::Task<> deliver() {
    for (;;) {
      auto next = co_await kernel_->messages().next(place_);
      if (!next) break;
      if (!is_for_us(**next)) continue;
      base::Outcome sent = co_await write(**next);
      if (!sent) break;
    }
    (void)co_await socket_.close(http::CloseCode::restart, "the kernel ended");
  }

  // From the page to the kernel.
  io::Task<> listen() {
    for (;;) {
      auto message = co_await socket_.receive();
      if (!message) co_return;
      bool binary = message->kind == http::MessageKind::binary;
      auto decoded = v1_ ? wire::decode_websocket_v1(message->bytes)
                         : wire::decode_websocket_default(binary, message->bytes);
      // SECURITY: what is no message reaches no kernel (test: test_nonsense_reaches_no_kernel).
      if (!decoded || decoded->channel == wire::Channel::iopub) continue;
      if (auto header = wire::read_header(decoded->message.header))
        site_.places.asked(session_, header->id);
      base::Outcome sent = co_await kernel_->send(std::move(*decoded));
      if (!sent) co_return;
    }
  }

 private:
  // What everybody hears, and the answers to what this client asked.
  bool is_for_us(const Delivered& message) const {
    if (message.message.channel == wire::Channel::iopub) return true;
    return site_.places.is_answer_for(session_, message.parent_id, message.parent_session);
  }

  io::Task<base::Outcome> write(const Delivered& delivered) {
    if (v1_) {
      http::Message message{.kind = http::MessageKind::binary,
                            .bytes = wire::encode_websocket_v1(delivered.message)};
      co_return co_await socket_.send(std::move(message));
    }
    auto payload = wire::encode_websocket_default(delivered.message);
    if (!payload) co_return base::Outcome{};  // a part that is no JSON: nothing for this framing
    http::Message message{
        .kind = payload->binary ? http::MessageKind::binary : http::MessageKind::text,
        .bytes = std::move(payload->bytes)};
    co_return co_await socket_.send(std::move(message));
  }

  Site& site_;
  Live kernel_;
  WebSocket& socket_;
  std::string session_;
  bool v1_;
  kernels::Place place_;
};

io::Task<> converse(Site& site, Request request, WebSocket& socket) {
  Live kernel = site.kernels.find(request.capture("id"));
  if (kernel == nullptr) co_return;
  std::string session(request.query.get("session_id"));
  if (session.empty()) session = base::random_id(site.studio.services().random);
  Channels channels(site, std::move(kernel), socket, std::move(session));
  io::TaskGroup delivering(site.loop);
  delivering.spawn(channels.deliver());
  co_await channels.listen();
  co_await delivering.stop();
}

}  // namespace

http::WebSocketRoute kernel_channels_route(Site& site) {
  return {
      .pattern = "/api/kernels/{id}/channels",
      .access = http::Access::api,
      .handler = [&site](Request request,
                         WebSocket& socket) { return converse(site, std::move(request), socket); },
      .subprotocols = {std::string(wire::kernel_websocket_v1)},
      .options = {},
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it
      .check = [&site](const Request& request) -> io::Task<std::optional<http::Response>> {
        if (site.kernels.find(request.capture("id"))) co_return std::nullopt;
        co_return http::error(404, fmt::format("Kernel does not exist: {}", request.capture("id")));
      }};
}

}  // namespace cloister::rest
