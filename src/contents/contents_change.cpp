// SPDX-License-Identifier: Apache-2.0
// Creating, copying and renaming.
#include "cloister/base/limits.hpp"

#include "contents_impl.hpp"

#include <fcntl.h>

namespace cloister::contents {
namespace {

namespace limits = base::limits;

// A folder is copied beside its place under a hidden name; what goes over a limit ends the copy.
class FolderCopy {
 public:
  FolderCopy(io::Disk& disk, const Entry& owner) : disk_(disk), owner_(owner) {}

  base::Outcome copy(const io::Descriptor& from, const io::Path& to, std::size_t depth) {
    if (depth > limits::folder_copy_depth_max) return too_large();
    CLOISTER_TRY_DO(disk_.make_folder(to, 0755));
    CLOISTER_TRY(io::Descriptor made, disk_.open_read(to));
    CLOISTER_TRY_DO(give_to(made, {0755, owner_.owner, owner_.group}));
    std::string self = "/proc/self/fd/" + std::to_string(from.number());
    CLOISTER_TRY(std::vector<std::string> names, io::list_folder(self));
    for (const std::string& name : names) {
      if (++entries_ > limits::folder_copy_entries_max) return too_large();
      CLOISTER_TRY_DO(copy_entry(from, name, made, depth));
    }
    return disk_.sync_folder(to);
  }

 private:
  static std::unexpected<base::Error> too_large() {
    return base::fail(errors::folder_too_large, "the folder is too large to be copied from here");
  }

  base::Outcome copy_entry(const io::Descriptor& from, const std::string& name,
                           const io::Descriptor& to, std::size_t depth) {
    io::Descriptor source(
        openat(from.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // Links, sockets and what went meanwhile are left out; what may not be read ends the copy.
    if (!source.open() && (errno == ELOOP || errno == ENXIO || errno == ENOENT)) return {};
    if (!source.open()) return base::fail(errors::not_permitted, "a file cannot be read");
    CLOISTER_TRY(Entry entry, entry_of(source));
    io::Path target = io::Path("/proc/self/fd") / std::to_string(to.number()) / name;
    if (entry.folder()) return copy(source, target, depth + 1);
    if (!entry.file()) return {};
    bytes_ += entry.size;
    if (bytes_ > limits::folder_copy_bytes_max) return too_large();
    CLOISTER_TRY(io::Descriptor file, disk_.create(target, 0600));
    CLOISTER_TRY_DO(copy_content(disk_, source, file));
    CLOISTER_TRY_DO(give_to(file, {entry.mode & 0777u, owner_.owner, owner_.group}));
    return disk_.sync(file);
  }

  io::Disk& disk_;
  const Entry& owner_;
  std::uint64_t bytes_ = 0;
  std::size_t entries_ = 0;
};

}  // namespace

base::Result<ApiPath> Contents::Impl::free_name(const ApiPath& folder, std::string_view name,
                                                std::string_view insert) const {
  for (std::size_t number = 0; number < limits::folder_entries_max; ++number) {
    CLOISTER_TRY(ApiPath plain, ApiPath::parse(numbered_name(name, insert, number)));
    ApiPath path = folder.child(plain.text());
    if (!taken(path)) return path;
  }
  return base::fail(errors::exists, "all names are taken");
}

base::Outcome Contents::Impl::copy_folder(const ApiPath& from, const Place& to) {
  CLOISTER_TRY(io::Descriptor source, tree.open_folder(from));
  CLOISTER_TRY(Entry above, entry_of(to.folder));
  if (!above.writable) return base::fail(errors::not_permitted, "the folder is read-only");
  io::Path beside = to.path(name_while_writing(to.name));
  CLOISTER_TRY_DO(disk.remove_folder(beside));  // of an interrupted earlier attempt
  base::Outcome outcome = FolderCopy(disk, above).copy(source, beside, 0);
  if (outcome) outcome = disk.rename_new(beside, to.path());
  if (outcome) return disk.sync_folder(to.folder_path());
  (void)disk.remove_folder(beside);
  return outcome;
}

base::Result<Model> Contents::create_untitled(std::string_view text, std::optional<Type> type,
                                              std::string_view extension) {
  CLOISTER_TRY(ApiPath folder, impl_->changeable(text));
  std::lock_guard lock(impl_->changes);
  CLOISTER_TRY(Entry entry, impl_->tree.entry(folder));
  if (!entry.folder()) return base::fail(errors::bad_type, "not a folder");
  if (!type) type = extension == ".ipynb" ? Type::notebook : Type::file;
  if (extension.contains('/')) return base::fail(errors::bad_name, "an extension has no slash");
  std::string name = type == Type::directory  ? "Untitled Folder"
                     : type == Type::notebook ? "Untitled.ipynb"
                                              : "untitled" + std::string(extension);
  std::string_view insert = type == Type::directory ? " " : "";
  CLOISTER_TRY(ApiPath path, impl_->free_name(folder, name, insert));
  SaveRequest request;
  request.type = type;
  CLOISTER_TRY(Saved saved, translated(impl_->save(path, std::move(request))));
  return std::move(saved.model);
}

base::Result<Model> Contents::copy(std::string_view from_text, std::string_view to_text) {
  CLOISTER_TRY(ApiPath from, impl_->readable(from_text));
  CLOISTER_TRY(ApiPath to, impl_->changeable(to_text));
  std::lock_guard lock(impl_->changes);
  CLOISTER_TRY(Entry entry, impl_->tree.entry(from));
  if (from.root()) return base::fail(errors::bad_request, "the root cannot be copied");
  if (auto target = impl_->tree.entry(to); target && target->folder()) {
    CLOISTER_TRY(to, impl_->free_name(to, without_copy_number(from.name()), "-Copy"));
  } else if (impl_->taken(to)) {
    return base::fail(errors::exists, "something of that name exists");
  }
  if (to.inside(from)) return base::fail(errors::bad_request, "a folder cannot go into itself");
  CLOISTER_TRY(Place place, impl_->tree.place(to));
  auto copied = [&]() -> base::Outcome {
    if (entry.folder()) return impl_->copy_folder(from, place);
    CLOISTER_TRY(io::Descriptor source, impl_->tree.open_file(from));
    return replace_by_copy(impl_->disk, source, place);
  };
  CLOISTER_TRY_DO(translated(copied()));
  GetRequest plain;
  plain.content = false;
  return translated(impl_->get(to, plain));
}

base::Result<Model> Contents::rename(std::string_view from_text, std::string_view to_text) {
  CLOISTER_TRY(ApiPath from, impl_->changeable(from_text));
  CLOISTER_TRY(ApiPath to, impl_->changeable(to_text));
  if (from.root() || to.root()) return base::fail(errors::bad_request, "the root has no name");
  std::lock_guard lock(impl_->changes);
  CLOISTER_TRY(Entry entry, impl_->tree.link_entry(from));
  if (to.inside(from)) return base::fail(errors::bad_request, "a folder cannot go into itself");
  GetRequest plain;
  plain.content = false;
  if (from == to) return translated(impl_->get(to, plain));
  CLOISTER_TRY(Place old_place, impl_->tree.place(from));
  CLOISTER_TRY(Place new_place, impl_->tree.place(to));
  CLOISTER_TRY(Entry old_folder, entry_of(old_place.folder));
  CLOISTER_TRY(Entry new_folder, entry_of(new_place.folder));
  if (!old_folder.writable || !new_folder.writable)
    return base::fail(errors::not_permitted, "the folder is read-only");
  CLOISTER_TRY_DO(translated(impl_->disk.rename_new(old_place.path(), new_place.path())));
  if (!entry.folder()) (void)impl_->move_checkpoint(from, to);
  CLOISTER_TRY_DO(translated(impl_->disk.sync_folder(new_place.folder_path())));
  CLOISTER_TRY_DO(translated(impl_->disk.sync_folder(old_place.folder_path())));
  return translated(impl_->get(to, plain));
}

}  // namespace cloister::contents
