// SPDX-License-Identifier: Apache-2.0
// The files of a ledger's folder, and reading the small ones.
#pragma once

#include "cloister/ledger/checkpoint.hpp"
#include "cloister/ledger/ledger.hpp"

#include <string>

namespace cloister::ledger {

inline constexpr const char* log_name = "log";
inline constexpr const char* checkpoint_name = "checkpoint";
inline constexpr const char* epochs_name = "epochs";

// What is signed: read and verified as it lies on disk.
struct Signed {
  std::string epochs_file;  // empty when there is none
  EpochChain epochs;
  std::string checkpoint_file;
  Checkpoint checkpoint;
};

// ledger.damaged when a file is missing, unreadable as such, or does not verify. Allows one
// certificate more than the checkpoint's epoch needs: a key change that was interrupted.
base::Result<Signed> read_signed(io::Disk& disk, const io::Path& folder, const PublicKeys& keys);

}  // namespace cloister::ledger
