// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/kernel_door.hpp"

#include "door_server.hpp"

namespace cloister::kernels {
namespace {

class ServedDoor final : public KernelDoor {
 public:
  explicit ServedDoor(DoorHandler& handler)
      : server_(DoorServer::without_listener(handler, outputs_)) {}
  void take(io::Descriptor connection) override { server_->take(std::move(connection)); }

 private:
  OutputStore outputs_;
  std::unique_ptr<DoorServer> server_;
};

}  // namespace

std::unique_ptr<KernelDoor> KernelDoor::make(DoorHandler& handler) {
  return std::make_unique<ServedDoor>(handler);
}

}  // namespace cloister::kernels
