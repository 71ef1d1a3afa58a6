// SPDX-License-Identifier: Apache-2.0
#include "cloister/api/kernel_data.hpp"

#include "cloister/kernels/kernel_door.hpp"

#include "cell_door.hpp"

namespace cloister::api {
namespace {

class OpenData final : public KernelData {
 public:
  OpenData(Studio& studio, const policy::Subject& subject, const std::string& path)
      : studio_(studio),
        kernel_(*subject.cell),
        handler_(studio, subject, {}),
        door_(kernels::KernelDoor::make(handler_)) {
    studio_.session_grants().open(kernel_, path);
  }
  ~OpenData() override {
    studio_.session_grants().close(kernel_);
    door_.reset();
  }
  void take(io::Descriptor connection) override { door_->take(std::move(connection)); }

 private:
  Studio& studio_;
  std::string kernel_;
  CellDoor handler_;
  std::unique_ptr<kernels::KernelDoor> door_;
};

}  // namespace

std::shared_ptr<KernelData> KernelData::open(Studio& studio, const std::string& kernel,
                                             const std::string& path) {
  policy::Subject subject = studio.owner();
  subject.cell = kernel;
  return std::make_shared<OpenData>(studio, subject, path);
}

}  // namespace cloister::api
