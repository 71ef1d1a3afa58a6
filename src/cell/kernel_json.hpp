// SPDX-License-Identifier: Apache-2.0
// The part of a request to cloister-cell that makes it host a kernel.
#pragma once

#include "cloister/cell/kernel.hpp"
#include "cloister/wire/json.hpp"

namespace cloister::cell {

wire::json::object to_json(const KernelSettings& settings);
base::Result<KernelSettings> kernel_settings_from_json(const wire::json::object& object);

}  // namespace cloister::cell
