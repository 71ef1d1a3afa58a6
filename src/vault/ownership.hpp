// SPDX-License-Identifier: Apache-2.0
// Started as root, what a worker writes belongs to the unprivileged id; what the vault keeps is
// the server's own again.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/io/disk.hpp"

namespace cloister::vault {

base::Outcome give_to_worker(const io::Path& folder);  // no-op unless started as root
base::Outcome take_back(const io::Descriptor& file);   // owner: us; mode 0600

}  // namespace cloister::vault
