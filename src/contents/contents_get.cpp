// SPDX-License-Identifier: Apache-2.0
#include "cloister/base/limits.hpp"
#include "cloister/crypto/hash.hpp"
#include "cloister/wire/notebook.hpp"
#include "cloister/wire/notebook_json.hpp"

#include "contents_impl.hpp"

#include <dirent.h>

#include <algorithm>

namespace cloister::contents {
namespace {

namespace limits = base::limits;

std::unexpected<base::Error> absent() {
  return base::fail(errors::not_found, "no such file or folder");
}

Type type_of(const ApiPath& path, const Entry& entry) {
  if (entry.folder()) return Type::directory;
  return path.name().ends_with(".ipynb") ? Type::notebook : Type::file;
}

base::Result<std::vector<std::string>> names_in(const io::Descriptor& folder) {
  CLOISTER_TRY(io::Descriptor own, folder.duplicate());
  DIR* stream = fdopendir(own.number());
  if (stream == nullptr) return base::fail_errno(errors::disk, "cannot list a folder", errno);
  (void)own.release();
  std::vector<std::string> names;
  bool too_many = false;
  while (const dirent* found = readdir(stream)) {
    too_many = names.size() >= limits::folder_entries_max;
    if (too_many) break;
    std::string_view name = found->d_name;
    // A name that is not UTF-8 cannot be said in JSON, so nobody could ask for it.
    if (name != "." && name != ".." && wire::is_utf8(name)) names.emplace_back(name);
  }
  closedir(stream);
  if (too_many) return base::fail(errors::too_large, "a folder holds more entries than allowed");
  std::ranges::sort(names);
  return names;
}

}  // namespace

base::Result<ApiPath> Contents::Impl::readable(std::string_view text) const {
  CLOISTER_TRY(ApiPath path, ApiPath::parse(text));
  if (path.hidden() && !options.allow_hidden) return absent();
  return path;
}

Model Contents::Impl::base_model(const ApiPath& path, const Entry& entry, Type type) const {
  Model model;
  model.name = path.name();
  model.path = path.text();
  model.type = type;
  model.writable = entry.writable;
  model.created = entry.created;
  model.last_modified = entry.modified;
  if (type != Type::directory) model.size = entry.size;
  if (type == Type::file) model.mimetype = mimetype_of(path.name());
  return model;
}

base::Result<Model> Contents::Impl::get(const ApiPath& path, const GetRequest& request) {
  CLOISTER_TRY(Entry entry, tree.entry(path));
  if (!entry.folder() && !entry.file()) return base::fail(errors::bad_type, "not a file or folder");
  bool asked_folder = request.type == Type::directory;
  if (request.type && asked_folder != entry.folder())
    return base::fail(errors::bad_type, entry.folder() ? "a folder, not a file" : "not a folder");
  Model model = base_model(path, entry, request.type.value_or(type_of(path, entry)));
  if (entry.folder()) {
    if (!request.content) return model;
    CLOISTER_TRY(model.content, entries(path));
    model.format = Format::json;
    return model;
  }
  if (model.type == Type::notebook) {
    CLOISTER_TRY_DO(fill_notebook(model, path, request));
  } else {
    CLOISTER_TRY_DO(fill_file(model, path, request));
  }
  if (request.hash && !model.hash) {
    CLOISTER_TRY(model.hash, hash_of(path));
  }
  return model;
}

// One pass over the names and one look at each: no file is opened.
base::Result<std::vector<Model>> Contents::Impl::entries(const ApiPath& folder) const {
  CLOISTER_TRY(io::Descriptor opened, tree.open_folder(folder));
  CLOISTER_TRY(std::vector<std::string> names, names_in(opened));
  std::vector<Model> models;
  models.reserve(names.size());
  for (const std::string& name : names) {
    if (!listed(name) || (name.starts_with('.') && !options.allow_hidden)) continue;
    ApiPath path = folder.child(name);
    std::optional<Entry> entry = entry_at(opened.number(), name.c_str());
    if (entry && entry->link()) {
      auto target = tree.entry(path);  // one that dangles or leaves the root is not listed
      entry = target ? std::optional(*target) : std::nullopt;
    }
    if (!entry || (!entry->folder() && !entry->file())) continue;
    models.push_back(base_model(path, *entry, type_of(path, *entry)));
  }
  return models;
}

base::Result<base::Bytes> Contents::Impl::read(const io::Descriptor& file) const {
  CLOISTER_TRY(std::uint64_t size, io::size_of(file));
  if (size > limits::file_content_bytes_max)
    return base::fail(errors::too_large, "the file is too large to be shown: download it");
  return io::read_at(file, 0, static_cast<std::size_t>(size));
}

base::Outcome Contents::Impl::fill_file(Model& model, const ApiPath& path,
                                        const GetRequest& request) {
  if (!request.content) return {};
  if (request.format == Format::json)
    return base::fail(errors::bad_format, "the format of a file is text or base64");
  CLOISTER_TRY(io::Descriptor file, tree.open_file(path));
  CLOISTER_TRY(base::Bytes bytes, read(file));
  CLOISTER_TRY(FileContent content, encode_content(bytes, request.format));
  if (!model.mimetype)
    model.mimetype = content.format == Format::text ? "text/plain" : "application/octet-stream";
  model.format = content.format;
  model.content = std::move(content.text);
  if (request.hash) model.hash = base::to_hex(crypto::sha256(bytes));
  return {};
}

base::Outcome Contents::Impl::fill_notebook(Model& model, const ApiPath& path,
                                            const GetRequest& request) {
  if (!request.content) return {};
  CLOISTER_TRY(io::Descriptor file, tree.open_file(path));
  CLOISTER_TRY(base::Bytes bytes, read(file));
  CLOISTER_TRY(wire::Notebook notebook, wire::read_notebook(base::as_text(bytes), random));
  mark_trusted_cells(notebook.content, notary.trusts(bytes));
  model.format = Format::json;
  model.message = std::move(notebook.problem);
  model.content = std::move(notebook.content);
  if (request.hash) model.hash = base::to_hex(crypto::sha256(bytes));
  return {};
}

base::Result<std::string> Contents::Impl::hash_of(const ApiPath& path) {
  CLOISTER_TRY(io::Descriptor file, tree.open_file(path));
  CLOISTER_TRY(Entry entry, entry_of(file));
  FileState state{entry.device, entry.inode, entry.modified_ns, entry.changed_ns, entry.size};
  {
    std::lock_guard lock(hashes_mutex);
    if (auto found = hashes.find(state); found != hashes.end()) return found->second;
  }
  crypto::Sha256 hash;
  for (std::uint64_t offset = 0;;) {
    CLOISTER_TRY(base::Bytes part, io::read_at(file, offset, 1u << 20));
    if (part.empty()) break;
    hash.update(part);
    offset += part.size();
  }
  std::string text = base::to_hex(hash.finish());
  // Two writes within one tick of the disk's clock look alike: a young file is read again.
  if (clock.now() - entry.modified < std::chrono::seconds(2)) return text;
  std::lock_guard lock(hashes_mutex);
  if (hashes.size() >= 4096) hashes.clear();
  hashes.insert_or_assign(state, text);
  return text;
}

bool Contents::Impl::taken(const ApiPath& path) const {
  auto found = tree.link_entry(path);
  return found || !found.error().is(errors::not_found);
}

base::Result<Model> Contents::get(std::string_view text, const GetRequest& request) {
  CLOISTER_TRY(ApiPath path, impl_->readable(text));
  return translated(impl_->get(path, request));
}

base::Result<OpenFile> Contents::open_file(std::string_view text) {
  CLOISTER_TRY(ApiPath path, impl_->readable(text));
  CLOISTER_TRY(io::Descriptor file, impl_->tree.open_file(path));
  CLOISTER_TRY(Entry entry, entry_of(file));
  return OpenFile{std::move(file), entry.size, entry.modified, std::string(path.name()),
                  mimetype_of(path.name())};
}

bool Contents::folder_exists(std::string_view text) {
  auto path = impl_->readable(text);
  auto entry = path ? impl_->tree.entry(*path) : std::unexpected(path.error());
  return entry && entry->folder();
}

}  // namespace cloister::contents
