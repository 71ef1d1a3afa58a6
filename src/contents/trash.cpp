// SPDX-License-Identifier: Apache-2.0
// Deleting: into .Trash-<uid> of the root, laid out as the freedesktop specification says.
#include "contents_impl.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace cloister::contents {
namespace {

// Not the home's trash: that lies outside the encrypted workspace.
std::string trash_name() {
  return fmt::format(".Trash-{}", geteuid());
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 std::string_view("-_.~/").contains(c);
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// At most 230 bytes, not cut within a character, so that a number and ".trashinfo" fit behind.
std::string_view shortened(std::string_view name) {
  std::size_t size = std::min<std::size_t>(name.size(), 220);
  while (size > 0 && size < name.size() && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80)
    --size;
  return name.substr(0, size);
}

}  // namespace

base::Outcome Contents::Impl::move_to_trash(const ApiPath& path, const Place& place) {
  ApiPath trash = ApiPath().child(trash_name());
  for (const ApiPath& folder : {trash, trash.child("files"), trash.child("info")}) {
    if (tree.entry(folder)) continue;
    CLOISTER_TRY(Place made, tree.place(folder));
    CLOISTER_TRY_DO(disk.make_folder(made.path(), 0700));
  }
  std::string name = fmt::format("{}.{}", shortened(place.name), base::random_id(random));
  CLOISTER_TRY(Place info, tree.place(trash.child("info").child(name + ".trashinfo")));
  CLOISTER_TRY(Place files, tree.place(trash.child("files").child(name)));
  std::string deleted = base::to_rfc3339(clock.now()).substr(0, 19);  // without fraction and zone
  std::string text = fmt::format("[Trash Info]\nPath={}\nDeletionDate={}\n",
                                 percent_encoded(path.text()), deleted);
  // The specification's order: who sees the file there also sees where it came from.
  CLOISTER_TRY_DO(replace_content(disk, info, base::as_bytes(text)));
  auto moved = disk.rename_new(place.path(), files.path());
  if (!moved) {
    (void)disk.remove(info.path());
    return moved;
  }
  CLOISTER_TRY_DO(disk.sync_folder(files.folder_path()));
  return disk.sync_folder(place.folder_path());
}

base::Outcome Contents::Impl::remove_for_ever(const ApiPath& path, const Place& place,
                                              const Entry& entry) {
  if (entry.folder()) {
    CLOISTER_TRY(std::vector<Model> inside, entries(path));
    if (!inside.empty()) return base::fail(errors::not_empty, "the folder is not empty");
    CLOISTER_TRY_DO(disk.remove_folder(place.path()));
  } else {
    CLOISTER_TRY_DO(disk.remove(place.path()));
  }
  return disk.sync_folder(place.folder_path());
}

base::Outcome Contents::remove(std::string_view text) {
  CLOISTER_TRY(ApiPath path, impl_->changeable(text));
  if (path.root()) return base::fail(errors::bad_request, "the root cannot be deleted");
  std::lock_guard lock(impl_->changes);
  CLOISTER_TRY(Entry entry, impl_->tree.link_entry(path));
  CLOISTER_TRY(Place place, impl_->tree.place(path));
  CLOISTER_TRY(Entry folder, entry_of(place.folder));
  if (!folder.writable) return base::fail(errors::not_permitted, "the folder is read-only");
  base::Outcome outcome = impl_->options.delete_to_trash
                              ? impl_->move_to_trash(path, place)
                              : impl_->remove_for_ever(path, place, entry);
  if (outcome && !entry.folder()) impl_->drop_checkpoint(path);
  return translated(std::move(outcome));
}

base::Outcome Contents::empty_trash() {
  std::lock_guard lock(impl_->changes);
  CLOISTER_TRY(Place place, impl_->tree.place(ApiPath().child(trash_name())));
  CLOISTER_TRY_DO(translated(impl_->disk.remove_folder(place.path())));
  return translated(impl_->disk.sync_folder(place.folder_path()));
}

}  // namespace cloister::contents
