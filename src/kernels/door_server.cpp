// SPDX-License-Identifier: Apache-2.0
#include "door_server.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/cell/cell.hpp"
#include "cloister/io/errors.hpp"
#include "cloister/io/sealed_memory.hpp"
#include "cloister/kernels/errors.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <variant>

namespace cloister::kernels {
namespace {

using namespace std::chrono_literals;

// A cell that sends half a message, or does not fetch its answer, holds one of its own threads no
// longer than this.
constexpr auto message_time = 60s;

constexpr std::size_t waiting_max = 16;

constexpr io::FrameLimits request_limits{
    .header_bytes = base::limits::door_header_bytes_max,
    .body_bytes = base::limits::door_body_bytes_max,
    .descriptors = 1,
};

// The id that code in a cell has, as the host sees it.
uid_t cell_user() {
  return geteuid() == 0 ? cell::unprivileged_id : geteuid();
}

bool comes_from_cell(const io::Descriptor& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(connection.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == cell_user();
}

io::Frame reply(std::string header) {
  return {.header = std::move(header), .body = {}, .descriptors = {}};
}

io::Frame reply(DoorTable table) {
  io::Frame frame = reply(wire::encode_door_table(table.size));
  frame.descriptors.push_back(std::move(table.arrow));
  return frame;
}

}  // namespace

base::Result<std::unique_ptr<DoorServer>> DoorServer::start(const std::string& path,
                                                            DoorHandler& handler,
                                                            OutputStore& outputs) {
  CLOISTER_TRY(io::Descriptor listener, io::listen_at(path, 0600));
  if (geteuid() == 0 && chown(path.c_str(), cell::unprivileged_id, cell::unprivileged_id) != 0)
    return base::fail_errno(io::errors::system, "cannot give the door to the cell", errno);
  return std::unique_ptr<DoorServer>(new DoorServer(std::move(listener), handler, outputs));
}

std::unique_ptr<DoorServer> DoorServer::without_listener(DoorHandler& handler,
                                                         OutputStore& outputs) {
  return std::unique_ptr<DoorServer>(new DoorServer({}, handler, outputs));
}

DoorServer::DoorServer(io::Descriptor listener, DoorHandler& handler, OutputStore& outputs)
    : listener_(std::move(listener)), handler_(handler), outputs_(outputs) {
  if (listener_.open()) threads_.emplace_back([this] { accept_until_stopped(); });
  for (std::size_t i = 0; i < base::limits::door_requests_at_once_max; ++i)
    threads_.emplace_back([this] { serve_until_stopped(); });
}

DoorServer::~DoorServer() {
  stop_.request_stop();
  if (listener_.open()) shutdown(listener_.number(), SHUT_RDWR);  // wakes who waits for a caller
  {
    std::lock_guard lock(mutex_);
    for (io::FrameSocket* connection : connections_) connection->shut_down();
    changed_.notify_all();
  }
  threads_.clear();
}

void DoorServer::accept_until_stopped() {
  while (!stop_.stop_requested()) {
    auto accepted = io::accept_from(listener_, io::no_deadline);
    if (!accepted) return;
    take(*std::move(accepted));
  }
}

void DoorServer::take(io::Descriptor connection) {
  // SECURITY: nobody but the cell's own id is answered (test: DoorServerTest.AnswersNobodyElse).
  if (!comes_from_cell(connection)) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_.stop_requested() || waiting_.size() < waiting_max; });
  if (stop_.stop_requested()) return;
  waiting_.push_back(std::move(connection));
  changed_.notify_all();
}

std::optional<io::Descriptor> DoorServer::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_.stop_requested() || !waiting_.empty(); });
  if (stop_.stop_requested()) return std::nullopt;
  io::Descriptor connection = std::move(waiting_.front());
  waiting_.pop_front();
  changed_.notify_all();
  return connection;
}

void DoorServer::serve_until_stopped() {
  while (auto accepted = next()) {
    io::FrameSocket connection(*std::move(accepted));
    {
      std::lock_guard lock(mutex_);
      if (stop_.stop_requested()) return;
      connections_.insert(&connection);
    }
    serve(connection);
    std::lock_guard lock(mutex_);
    connections_.erase(&connection);
  }
}

void DoorServer::serve(io::FrameSocket& connection) {
  for (;;) {
    auto frame = connection.receive(io::deadline_in(message_time), request_limits);
    if (!frame) return;  // gone, too slow, or not a frame: there is nobody to talk to
    auto answered = answer(*std::move(frame));
    io::Frame back =
        answered ? *std::move(answered) : reply(wire::encode_door_error(answered.error()));
    if (!connection.send(back, io::deadline_in(message_time))) return;
  }
}

base::Result<io::Frame> DoorServer::answer(io::Frame frame) {
  CLOISTER_TRY(wire::DoorRequest request,
               wire::parse_door_request(frame.header, frame.body.size(), frame.descriptors.size()));
  return std::visit([&](const auto& message) { return answer_message(message, frame); }, request);
}

base::Result<io::Frame> DoorServer::answer_message(const wire::DoorListDatasets&, io::Frame&) {
  CLOISTER_TRY(std::vector<wire::DoorDataset> datasets, handler_.datasets(stop_.get_token()));
  return reply(wire::encode_door_datasets(datasets));
}

base::Result<io::Frame> DoorServer::answer_message(const wire::DoorDescribe& request, io::Frame&) {
  CLOISTER_TRY(wire::DoorDataset dataset, handler_.describe(request, stop_.get_token()));
  return reply(wire::encode_door_dataset(dataset));
}

base::Result<io::Frame> DoorServer::answer_message(const wire::DoorRead& request, io::Frame&) {
  CLOISTER_TRY(DoorTable table, handler_.read(request, stop_.get_token()));
  return reply(std::move(table));
}

base::Result<io::Frame> DoorServer::answer_message(const wire::DoorQuery& request, io::Frame&) {
  CLOISTER_TRY(DoorTable table, handler_.query(request, stop_.get_token()));
  return reply(std::move(table));
}

base::Result<io::Frame> DoorServer::answer_message(const wire::DoorSave& request,
                                                   io::Frame& frame) {
  io::Descriptor arrow = std::move(frame.descriptors.front());
  // SECURITY: what a cell hands over cannot change any more once it is looked at
  // (test: DoorServerTest.RefusesATableThatCouldStillChange).
  if (!io::MappedMemory::map(arrow, base::limits::door_table_bytes_max))
    return base::fail(errors::not_sealed,
                      "the table came in a memory file that can still change, or is too large");
  CLOISTER_TRY(wire::DoorDataset saved,
               handler_.save(request, std::move(arrow), stop_.get_token()));
  return reply(wire::encode_door_dataset(saved));
}

base::Result<io::Frame> DoorServer::answer_message(const wire::DoorDisplay& request,
                                                   io::Frame& frame) {
  CLOISTER_TRY_DO(outputs_.add(request.mime, frame.body));
  return reply(wire::encode_door_done());
}

}  // namespace cloister::kernels
