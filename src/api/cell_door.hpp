// SPDX-License-Identifier: Apache-2.0
// What code in a cell may ask for: each request is decided, answered by the cell's own query
// worker, and recorded.
#pragma once

#include "cloister/api/studio.hpp"
#include "cloister/kernels/door.hpp"

namespace cloister::api {

// Lives as long as the run of its cell. Called on threads of the door.
class CellDoor final : public kernels::DoorHandler {
 public:
  CellDoor(Studio& studio, policy::Subject subject, std::string purpose)
      : studio_(studio), subject_(std::move(subject)), purpose_(std::move(purpose)) {}
  ~CellDoor() override;  // ends the cell's query worker

  base::Result<std::vector<wire::DoorDataset>> datasets(std::stop_token stop) override;
  base::Result<wire::DoorDataset> describe(const wire::DoorDescribe& request,
                                           std::stop_token stop) override;
  base::Result<kernels::DoorTable> read(const wire::DoorRead& request,
                                        std::stop_token stop) override;
  base::Result<kernels::DoorTable> query(const wire::DoorQuery& request,
                                         std::stop_token stop) override;
  base::Result<wire::DoorDataset> save(const wire::DoorSave& request, io::Descriptor arrow,
                                       std::stop_token stop) override;

 private:
  // With what the cell was granted since it started.
  policy::Subject subject() const;
  base::Outcome permit(policy::Action action, const std::string& dataset);
  // The version, after policy allowed this cell to read it.
  base::Result<vault::DatasetVersion> granted(const std::string& reference);
  base::Result<kernels::DoorTable> run(std::string sql, std::stop_token stop);

  Studio& studio_;
  policy::Subject subject_;
  std::string purpose_;
};

}  // namespace cloister::api
