// SPDX-License-Identifier: Apache-2.0
// One checkpoint a file: .ipynb_checkpoints/<stem>-checkpoint<suffix> beside it.
#include "contents_impl.hpp"

namespace cloister::contents {
namespace {

std::unexpected<base::Error> no_checkpoint() {
  return base::fail(errors::no_checkpoint, "there is no such checkpoint");
}

}  // namespace

ApiPath Contents::Impl::checkpoint_path(const ApiPath& path) const {
  return path.parent().child(checkpoint_folder).child(checkpoint_name(path.name()));
}

base::Result<Checkpoint> Contents::Impl::checkpoint_of(const ApiPath& path) const {
  auto entry = tree.entry(checkpoint_path(path));
  if (!entry || !entry->file()) return no_checkpoint();
  return Checkpoint{std::string(checkpoint_id), entry->modified};
}

base::Result<Checkpoint> Contents::Impl::make_checkpoint(const ApiPath& path) {
  CLOISTER_TRY(io::Descriptor source, tree.open_file(path));
  ApiPath checkpoint = checkpoint_path(path);
  if (checkpoint.name().size() > 255) return base::fail(errors::bad_name, "a name is too long");
  if (!tree.entry(checkpoint.parent())) {
    CLOISTER_TRY(Place folder, tree.place(checkpoint.parent()));
    CLOISTER_TRY_DO(make_folder(folder));
  }
  CLOISTER_TRY(Place place, tree.place(checkpoint));
  CLOISTER_TRY_DO(replace_by_copy(disk, source, place));
  return checkpoint_of(path);
}

// The file has moved already: a checkpoint that cannot follow is left where it was.
base::Outcome Contents::Impl::move_checkpoint(const ApiPath& from, const ApiPath& to) {
  if (!checkpoint_of(from)) return {};
  ApiPath target = checkpoint_path(to);
  if (!tree.entry(target.parent())) {
    CLOISTER_TRY(Place folder, tree.place(target.parent()));
    CLOISTER_TRY_DO(make_folder(folder));
  }
  CLOISTER_TRY(Place old_place, tree.place(checkpoint_path(from)));
  CLOISTER_TRY(Place new_place, tree.place(target));
  return disk.rename(old_place.path(), new_place.path());
}

void Contents::Impl::drop_checkpoint(const ApiPath& path) {
  if (auto place = tree.place(checkpoint_path(path))) (void)disk.remove(place->path());
}

base::Result<std::vector<Checkpoint>> Contents::checkpoints(std::string_view text) {
  CLOISTER_TRY(ApiPath path, impl_->readable(text));
  CLOISTER_TRY(Entry entry, impl_->tree.entry(path));
  std::vector<Checkpoint> found;
  if (!entry.file()) return found;
  if (auto checkpoint = impl_->checkpoint_of(path)) found.push_back(*std::move(checkpoint));
  return found;
}

base::Result<Checkpoint> Contents::create_checkpoint(std::string_view text) {
  CLOISTER_TRY(ApiPath path, impl_->readable(text));
  std::lock_guard lock(impl_->changes);
  return translated(impl_->make_checkpoint(path));
}

base::Outcome Contents::restore_checkpoint(std::string_view text, std::string_view id) {
  CLOISTER_TRY(ApiPath path, impl_->changeable(text));
  std::lock_guard lock(impl_->changes);
  if (id != checkpoint_id || !impl_->checkpoint_of(path)) return no_checkpoint();
  auto restore = [&]() -> base::Outcome {
    CLOISTER_TRY(io::Descriptor source, impl_->tree.open_file(impl_->checkpoint_path(path)));
    CLOISTER_TRY(Place place, impl_->target_of(path, impl_->tree.entry(path).has_value()));
    return replace_by_copy(impl_->disk, source, place);
  };
  return translated(restore());
}

base::Outcome Contents::remove_checkpoint(std::string_view text, std::string_view id) {
  CLOISTER_TRY(ApiPath path, impl_->changeable(text));
  std::lock_guard lock(impl_->changes);
  if (id != checkpoint_id || !impl_->checkpoint_of(path)) return no_checkpoint();
  CLOISTER_TRY(Place place, impl_->tree.place(impl_->checkpoint_path(path)));
  return translated(impl_->disk.remove(place.path()));
}

}  // namespace cloister::contents
