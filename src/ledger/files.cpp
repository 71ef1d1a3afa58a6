// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/ledger/errors.hpp"

#include <fmt/format.h>

namespace cloister::ledger {
namespace {

base::Result<std::string> read_text(io::Disk& disk, const io::Path& folder, const char* name,
                                    std::size_t size_max) {
  auto bytes = io::read_file(disk, folder / name, size_max);
  if (bytes) return std::string(base::as_text(*bytes));
  if (bytes.error().is(io::errors::not_found))
    return base::fail(errors::damaged, fmt::format("ledger/{} is missing", name));
  if (bytes.error().is(io::errors::too_large))
    return base::fail(errors::damaged, fmt::format("ledger/{} is larger than it can be", name));
  return std::unexpected(bytes.error());
}

}  // namespace

base::Result<Signed> read_signed(io::Disk& disk, const io::Path& folder, const PublicKeys& keys) {
  Signed files;
  if (io::exists(folder / epochs_name)) {
    CLOISTER_TRY(files.epochs_file, read_text(disk, folder, epochs_name, epochs_bytes_max));
    if (files.epochs_file.empty()) return base::fail(errors::damaged, "ledger/epochs is empty");
  }
  CLOISTER_TRY(files.epochs, verify_epochs(files.epochs_file, keys));
  CLOISTER_TRY(files.checkpoint_file, read_text(disk, folder, checkpoint_name, note_bytes_max));
  CLOISTER_TRY(files.checkpoint, verify_checkpoint(files.checkpoint_file, keys, files.epochs));
  if (files.epochs.certificates.size() > files.checkpoint.epoch + 1)
    return base::fail(errors::damaged,
                      fmt::format("ledger/checkpoint is of epoch {}, an earlier one than the last",
                                  files.checkpoint.epoch));
  return files;
}

}  // namespace cloister::ledger
