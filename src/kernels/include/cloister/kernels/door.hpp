// SPDX-License-Identifier: Apache-2.0
// Who answers what code in a cell asks for through its door.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/descriptor.hpp"
#include "cloister/wire/door.hpp"

#include <stop_token>
#include <vector>

namespace cloister::kernels {

struct DoorTable {
  io::Descriptor arrow;  // sealed memory file with an Arrow IPC stream
  wire::DoorTableSize size;
};

// Decides and answers (layer api: policy, ledger, vault). Called on threads of the door, up to
// base::limits::door_requests_at_once_max at the same time. An error goes to the code in the cell
// as it is: code, message and hint, so none may hold what the cell may not know. When `stop` is
// requested the run is ending and a call returns soon, with whatever error.
class DoorHandler {
 public:
  virtual ~DoorHandler() = default;

  virtual base::Result<std::vector<wire::DoorDataset>> datasets(std::stop_token stop) = 0;
  virtual base::Result<wire::DoorDataset> describe(const wire::DoorDescribe& request,
                                                   std::stop_token stop) = 0;
  virtual base::Result<DoorTable> read(const wire::DoorRead& request, std::stop_token stop) = 0;
  virtual base::Result<DoorTable> query(const wire::DoorQuery& request, std::stop_token stop) = 0;
  // `arrow` comes from the cell: a memory file whose seals and size have been checked, holding
  // whatever the cell put there. Parse it in a worker only.
  virtual base::Result<wire::DoorDataset> save(const wire::DoorSave& request, io::Descriptor arrow,
                                               std::stop_token stop) = 0;
};

}  // namespace cloister::kernels
