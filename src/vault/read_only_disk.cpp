// SPDX-License-Identifier: Apache-2.0
#include "read_only_disk.hpp"

#include "cloister/vault/errors.hpp"

namespace cloister::vault {
namespace {

std::unexpected<base::Error> refused() {
  return base::fail(errors::read_only, "this home was opened to read only");
}

}  // namespace

base::Result<io::Descriptor> ReadOnlyDisk::create(const io::Path&, mode_t) {
  return refused();
}
base::Result<io::Descriptor> ReadOnlyDisk::open_write(const io::Path&, mode_t) {
  return refused();
}
base::Outcome ReadOnlyDisk::write_at(const io::Descriptor&, std::uint64_t, base::ByteView) {
  return refused();
}
base::Outcome ReadOnlyDisk::truncate(const io::Descriptor&, std::uint64_t) {
  return refused();
}
base::Outcome ReadOnlyDisk::sync(const io::Descriptor&) {
  return refused();
}
base::Outcome ReadOnlyDisk::sync_folder(const io::Path&) {
  return refused();
}
base::Outcome ReadOnlyDisk::rename(const io::Path&, const io::Path&) {
  return refused();
}
base::Outcome ReadOnlyDisk::rename_new(const io::Path&, const io::Path&) {
  return refused();
}
base::Outcome ReadOnlyDisk::remove(const io::Path&) {
  return refused();
}
base::Outcome ReadOnlyDisk::remove_folder(const io::Path&) {
  return refused();
}
base::Outcome ReadOnlyDisk::make_folder(const io::Path&, mode_t) {
  return refused();
}

}  // namespace cloister::vault
