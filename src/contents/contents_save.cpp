// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/limits.hpp"
#include "cloister/wire/notebook.hpp"

#include "contents_impl.hpp"

#include <algorithm>

namespace cloister::contents {
namespace {

std::unexpected<base::Error> bad(std::string why) {
  return base::fail(errors::bad_request, std::move(why));
}

constexpr std::int64_t last_chunk = -1;

}  // namespace

base::Result<ApiPath> Contents::Impl::changeable(std::string_view text) const {
  CLOISTER_TRY(ApiPath path, ApiPath::parse(text));
  if (path.hidden() && !options.allow_hidden)
    return base::fail(errors::hidden, "hidden files cannot be changed from here");
  return path;
}

// Where the bytes go: through a link to the file that it names.
base::Result<Place> Contents::Impl::target_of(const ApiPath& path, bool exists) const {
  if (exists) return tree.real_place(path);
  if (taken(path)) return base::fail(errors::conflict, "a link that leads nowhere is in the way");
  return tree.place(path);
}

base::Outcome Contents::Impl::check_hash(const ApiPath& path, const SaveRequest& request,
                                         bool exists) {
  if (!request.if_hash) return {};
  std::string now;
  if (exists) {
    CLOISTER_TRY(now, hash_of(path));
  }
  if (now == *request.if_hash) return {};
  return base::fail(errors::conflict, "the file was changed by somebody else",
                    "compare both versions, then save again");
}

base::Result<std::string> Contents::Impl::save_notebook(const ApiPath& path, const Place& place,
                                                        wire::NotebookNode notebook) {
  bool trusted = all_cells_trusted(notebook);
  CLOISTER_TRY(wire::NotebookText written, wire::write_notebook(std::move(notebook), random));
  // The first checkpoint holds the file as it was before anybody saved it from here.
  if (taken(path) && !checkpoint_of(path)) CLOISTER_TRY_DO(make_checkpoint(path));
  CLOISTER_TRY_DO(replace_content(disk, place, base::as_bytes(written.text)));
  if (!checkpoint_of(path)) CLOISTER_TRY_DO(make_checkpoint(path));
  // After the file: a digest without its file trusts nothing.
  if (trusted) CLOISTER_TRY_DO(notary.sign(base::as_bytes(written.text)));
  return std::move(written.problem);
}

base::Outcome Contents::Impl::make_folder(const Place& place) {
  CLOISTER_TRY(Entry above, entry_of(place.folder));
  if (!above.writable) return base::fail(errors::not_permitted, "the folder is read-only");
  CLOISTER_TRY_DO(disk.make_folder(place.path(), 0755));
  CLOISTER_TRY(io::Descriptor made, disk.open_read(place.path()));
  CLOISTER_TRY_DO(give_to(made, {0755, above.owner, above.group}));
  return disk.sync_folder(place.folder_path());
}

base::Result<Saved> Contents::Impl::save(const ApiPath& path, SaveRequest request) {
  if (path.root()) return bad("the root itself cannot be saved");
  if (request.chunk) return upload(path, request);
  auto old = tree.entry(path);
  if (!old && !old.error().is(errors::not_found)) return std::unexpected(old.error());
  bool exists = old.has_value();
  if (!request.type) {
    if (exists) return bad("a type is missing");
    request.type = path.name().ends_with(".ipynb") ? Type::notebook : Type::file;
  }
  Type type = *request.type;
  bool folder = type == Type::directory;
  if (exists && (old->folder() != folder || (!folder && !old->file())))
    return base::fail(errors::bad_type, "something of another type has this name");
  if (folder && exists) {
    CLOISTER_TRY(Model model, get(path, {type, std::nullopt, false, false}));
    return Saved{std::move(model), false};
  }
  CLOISTER_TRY(Place place, target_of(path, exists));
  if (!folder && !request.content) {
    if (exists) return bad("the content is missing");
    // A new file without content is an empty one.
    request.content = type == Type::notebook ? wire::new_notebook() : wire::NotebookNode("");
    request.format = Format::text;
  }
  if (!folder) CLOISTER_TRY_DO(check_hash(path, request, exists));
  std::string problem;
  if (type == Type::notebook) {
    CLOISTER_TRY(problem, save_notebook(path, place, *std::move(request.content)));
  } else if (type == Type::file) {
    CLOISTER_TRY(base::Bytes bytes, decode_content(request));
    CLOISTER_TRY_DO(replace_content(disk, place, bytes));
  } else {
    CLOISTER_TRY_DO(make_folder(place));
  }
  CLOISTER_TRY(Model model, get(path, {type, std::nullopt, false, request.if_hash.has_value()}));
  model.message = std::move(problem);
  return Saved{std::move(model), !exists};
}

// The hidden file of an upload has a name of its own, so that a save meanwhile does not touch it.
static std::string upload_name(const Place& place) {
  return name_while_writing(place.name + ".upload");
}

base::Outcome Contents::Impl::start_upload(const ApiPath& path, const Place& place) {
  CLOISTER_TRY(Ownership ownership, ownership_for(place));
  if (uploads.size() >= base::limits::uploads_at_once_max && !uploads.contains(path.text())) {
    auto oldest =
        std::ranges::min_element(uploads, {}, [](auto& item) { return item.second.order; });
    CLOISTER_TRY(ApiPath left, ApiPath::parse(oldest->first));
    if (auto there = tree.place(left)) (void)disk.remove(there->path(upload_name(*there)));
    uploads.erase(oldest);
  }
  CLOISTER_TRY_DO(disk.remove(place.path(upload_name(place))));
  CLOISTER_TRY(io::Descriptor file, disk.create(place.path(upload_name(place)), 0600));
  CLOISTER_TRY_DO(give_to(file, ownership));
  uploads[path.text()] = Upload{1, 0, ++uploads_started};
  return {};
}

base::Outcome Contents::Impl::save_chunk(const ApiPath& path, const SaveRequest& request) {
  CLOISTER_TRY(base::Bytes bytes, decode_content(request));
  auto old = tree.entry(path);
  if (!old && !old.error().is(errors::not_found)) return std::unexpected(old.error());
  if (old && !old->file()) return base::fail(errors::bad_type, "a folder has this name");
  CLOISTER_TRY(Place place, target_of(path, old.has_value()));
  if (request.chunk == 1) CLOISTER_TRY_DO(start_upload(path, place));
  auto found = uploads.find(path.text());
  bool last = request.chunk == last_chunk;
  if (found == uploads.end() || (!last && request.chunk != found->second.next_chunk))
    return base::fail(errors::conflict, "this part does not follow the one before",
                      "begin the upload again");
  if (last) CLOISTER_TRY_DO(check_hash(path, request, old.has_value()));
  Upload& upload = found->second;
  io::Path beside = place.path(upload_name(place));
  {
    CLOISTER_TRY(io::Descriptor file, disk.open_write(beside, 0600));
    CLOISTER_TRY_DO(disk.write_at(file, upload.size, bytes));
    if (last) CLOISTER_TRY_DO(disk.sync(file));
  }
  upload.size += bytes.size();
  ++upload.next_chunk;
  if (!last) return {};
  uploads.erase(found);
  return move_over(disk, place, upload_name(place));
}

base::Result<Saved> Contents::Impl::upload(const ApiPath& path, const SaveRequest& request) {
  if (!request.type) return bad("a type is missing");
  if (request.type != Type::file) return bad("only files are uploaded in parts");
  if (!request.content) return bad("the content is missing");
  bool existed = tree.entry(path).has_value();
  CLOISTER_TRY_DO(save_chunk(path, request));
  if (request.chunk == last_chunk) {
    CLOISTER_TRY(Model model, get(path, {Type::file, std::nullopt, false, false}));
    return Saved{std::move(model), !existed};
  }
  Model model;  // of the file to be
  model.name = path.name();
  model.path = path.text();
  model.writable = true;
  model.created = model.last_modified = clock.now();
  model.size = uploads.at(path.text()).size;
  model.mimetype = mimetype_of(path.name());
  return Saved{std::move(model), !existed && request.chunk == 1};
}

base::Result<Saved> Contents::save(std::string_view text, SaveRequest request) {
  CLOISTER_TRY(ApiPath path, impl_->changeable(text));
  std::lock_guard lock(impl_->changes);
  return translated(impl_->save(path, std::move(request)));
}

base::Outcome Contents::trust(std::string_view text) {
  CLOISTER_TRY(ApiPath path, impl_->readable(text));
  std::lock_guard lock(impl_->changes);
  auto sign = [&]() -> base::Outcome {
    CLOISTER_TRY(io::Descriptor file, impl_->tree.open_file(path));
    CLOISTER_TRY(base::Bytes bytes, impl_->read(file));
    CLOISTER_TRY_DO(wire::read_notebook(base::as_text(bytes), impl_->random));
    return impl_->notary.sign(bytes);
  };
  return translated(sign());
}

}  // namespace cloister::contents
