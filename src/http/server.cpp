// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/server.hpp"

#include "cloister/base/check.hpp"
#include "cloister/http/errors.hpp"
#include "cloister/io/async_socket.hpp"

#include "connection.hpp"
#include "server_state.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace cloister::http {
namespace {

// Those over the limit are told so, and a few at a time are enough for that.
constexpr std::size_t turned_away_max = 64;
constexpr int backlog = 512;

class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

// Small messages of a kernel must not wait for acknowledgements. A Unix socket refuses; so be it.
void send_at_once(const io::Descriptor& socket) {
  int on = 1;
  (void)setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::vector<std::string> segments_of_base(const std::string& base_url) {
  base::Result<Target> target = parse_target(base_url);
  CLOISTER_CHECK(target.has_value() && base_url.ends_with('/'));
  target->segments.pop_back();
  return std::move(target->segments);
}

// Who is at the other end of a Unix socket, as the kernel says.
std::optional<uid_t> user_behind(const io::Descriptor& socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  bool known = getsockopt(socket.number(), SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0;
  if (!known || domain != AF_UNIX) return std::nullopt;
  base::Result<io::Peer> peer = io::peer_of(socket);
  if (!peer) return std::nullopt;
  return peer->user;
}

io::Task<> serve_one(Server::State& server, io::Descriptor socket) {
  bool full = server.connections >= server.options.limits.connections_max;
  send_at_once(socket);
  std::optional<uid_t> user = user_behind(socket);
  Connection connection(server, std::move(socket), user);
  if (full) {
    co_await connection.refuse_for_want_of_room();
    co_return;
  }
  Counted counted(server.connections);
  co_await connection.run();
}

io::Task<> accept_all(Server::State& server, io::Descriptor listener) {
  io::Handler handle = [&server](io::Descriptor socket) {
    return serve_one(server, std::move(socket));
  };
  std::size_t most = server.options.limits.connections_max + turned_away_max;
  (void)co_await io::serve_connections(server.loop, server.tasks, std::move(listener), most,
                                       std::move(handle));
}

}  // namespace

Server::State::State(io::EventLoop& used, Router routes, Authenticator& known, base::Clock& time,
                     ServerOptions chosen)
    : loop(used),
      router(std::move(routes)),
      authenticator(known),
      clock(time),
      options(std::move(chosen)),
      base_segments(segments_of_base(options.base_url)),
      tasks(used) {
  CLOISTER_CHECK(known.options().base_url == options.base_url);
}

Server::Server(io::EventLoop& loop, Router router, Authenticator& authenticator, base::Clock& clock,
               ServerOptions options)
    : state_(std::make_unique<State>(loop, std::move(router), authenticator, clock,
                                     std::move(options))) {}

Server::~Server() = default;

void Server::start(io::Descriptor listener) {
  state_->tasks.spawn(accept_all(*state_, std::move(listener)));
}

io::Task<> Server::stop() {
  co_await state_->tasks.stop();
}

std::size_t Server::connections() const {
  return state_->connections;
}

base::Result<Listening> listen_on_loopback(std::uint16_t port) {
  io::Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.open()) return base::fail_errno(errors::listen, "cannot make a socket", errno);
  int on = 1;
  (void)setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(listener.number(), generic, size) != 0 || listen(listener.number(), backlog) != 0 ||
      getsockname(listener.number(), generic, &size) != 0)
    return base::fail_errno(errors::listen, "cannot listen on port " + std::to_string(port), errno);
  return Listening{.socket = std::move(listener), .port = ntohs(address.sin_port)};
}

}  // namespace cloister::http
