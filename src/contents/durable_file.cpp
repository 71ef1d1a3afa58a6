// SPDX-License-Identifier: Apache-2.0
#include "durable_file.hpp"

#include "cloister/contents/errors.hpp"
#include "cloister/crypto/hash.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace cloister::contents {
namespace {

template <typename Fill>
base::Outcome replace(io::Disk& disk, const Place& place, Fill&& fill) {
  CLOISTER_TRY(Ownership ownership, ownership_for(place));
  std::string beside = name_while_writing(place.name);
  CLOISTER_TRY_DO(disk.remove(place.path(beside)));  // of an interrupted earlier attempt
  base::Outcome outcome;
  {
    CLOISTER_TRY(io::Descriptor file, disk.create(place.path(beside), 0600));
    outcome = fill(file);
    if (outcome) outcome = give_to(file, ownership);
    if (outcome) outcome = disk.sync(file);
  }
  if (outcome) outcome = move_over(disk, place, beside);
  if (!outcome) (void)disk.remove(place.path(beside));
  return outcome;
}

}  // namespace

std::string name_while_writing(std::string_view name) {
  std::string beside = ".~" + std::string(name);
  if (beside.size() <= 255) return beside;
  return ".~" + base::to_hex(crypto::sha256(base::as_bytes(name)));
}

base::Result<Ownership> ownership_for(const Place& place) {
  CLOISTER_TRY(Entry folder, entry_of(place.folder));
  if (!folder.writable) return base::fail(errors::not_permitted, "the folder is read-only");
  if (auto old = entry_at(place.folder.number(), place.name.c_str()); old && old->file()) {
    if (!old->writable) return base::fail(errors::not_permitted, "the file is read-only");
    return Ownership{old->mode & 0777u, old->owner, old->group};
  }
  return Ownership{0644, folder.owner, folder.group};
}

base::Outcome give_to(const io::Descriptor& file, const Ownership& ownership) {
  // Only root can give away; anybody else's file is its own already.
  if (geteuid() == 0 && fchown(file.number(), ownership.owner, ownership.group) != 0)
    return base::fail_errno(errors::disk, "cannot keep the owner", errno);
  if (fchmod(file.number(), ownership.mode) != 0)
    return base::fail_errno(errors::disk, "cannot keep the mode", errno);
  return {};
}

base::Outcome move_over(io::Disk& disk, const Place& place, std::string_view from) {
  CLOISTER_TRY_DO(disk.rename(place.path(from), place.path()));
  return disk.sync_folder(place.folder_path());
}

base::Outcome copy_content(io::Disk& disk, const io::Descriptor& source,
                           const io::Descriptor& target) {
  std::uint64_t offset = 0;
  while (true) {
    CLOISTER_TRY(base::Bytes part, io::read_at(source, offset, 1u << 20));
    if (part.empty()) return {};
    CLOISTER_TRY_DO(disk.write_at(target, offset, part));
    offset += part.size();
  }
}

base::Outcome replace_content(io::Disk& disk, const Place& place, base::ByteView content) {
  return replace(disk, place,
                 [&](const io::Descriptor& file) { return disk.write_at(file, 0, content); });
}

base::Outcome replace_by_copy(io::Disk& disk, const io::Descriptor& source, const Place& place) {
  return replace(disk, place,
                 [&](const io::Descriptor& file) { return copy_content(disk, source, file); });
}

}  // namespace cloister::contents
