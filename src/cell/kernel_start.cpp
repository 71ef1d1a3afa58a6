// SPDX-License-Identifier: Apache-2.0
// The starting side of a kernel.
#include "cloister/cell/errors.hpp"
#include "cloister/cell/kernel.hpp"
#include "cloister/cell/spec_json.hpp"

#include "supervisor_process.hpp"

namespace cloister::cell {

base::Result<KernelCell> start_kernel_cell(CellSpec spec, const KernelSettings& settings,
                                           KernelDescriptors descriptors,
                                           const base::SecretBytes& key) {
  CLOISTER_TRY_DO(check(spec));
  io::Frame request = kernel_request_to_frame(spec, settings, std::move(descriptors), key);
  auto started = start_supervisor(request);
  base::wipe(request.body);
  if (!started) return std::unexpected(started.error());
  for (;;) {
    CLOISTER_TRY(Event event, next_event(started->control, io::deadline_in(supervisor_start_time)));
    if (auto* error = std::get_if<base::Error>(&event)) return std::unexpected(std::move(*error));
    if (auto* cell = std::get_if<Started>(&event))
      return KernelCell{.supervisor = std::move(started->process),
                        .payload = cell->payload,
                        .limits_by = std::move(cell->limits_by)};
  }
}

}  // namespace cloister::cell
