// SPDX-License-Identifier: Apache-2.0
// What the parts of Contents share; each part is one file.
#pragma once

#include "cloister/contents/contents.hpp"
#include "cloister/contents/errors.hpp"

#include "durable_file.hpp"
#include "file_content.hpp"
#include "names.hpp"
#include "tree.hpp"

#include <map>
#include <mutex>
#include <tuple>

namespace cloister::contents {

// An upload in parts: a hidden file beside its target until the last part has come.
struct Upload {
  std::int64_t next_chunk = 2;
  std::uint64_t size = 0;
  std::uint64_t order = 0;  // the oldest is dropped when there are too many
};

struct Contents::Impl {
  Impl(io::Disk& used_disk, base::Clock& used_clock, base::Random& used_random, Notary& used_notary,
       Options given, Tree opened)
      : disk(used_disk),
        clock(used_clock),
        random(used_random),
        notary(used_notary),
        options(std::move(given)),
        tree(std::move(opened)) {}

  // Reading.
  base::Result<ApiPath> readable(std::string_view path) const;    // hidden: contents.not-found
  base::Result<ApiPath> changeable(std::string_view path) const;  // hidden: contents.hidden
  Model base_model(const ApiPath& path, const Entry& entry, Type type) const;
  base::Result<Model> get(const ApiPath& path, const GetRequest& request);
  base::Result<std::vector<Model>> entries(const ApiPath& folder) const;
  base::Outcome fill_file(Model& model, const ApiPath& path, const GetRequest& request);
  base::Outcome fill_notebook(Model& model, const ApiPath& path, const GetRequest& request);
  base::Result<std::string> hash_of(const ApiPath& path);
  base::Result<base::Bytes> read(const io::Descriptor& file) const;
  bool taken(const ApiPath& path) const;  // links count, dangling ones too

  // Changing; the caller holds `changes`.
  base::Result<Saved> save(const ApiPath& path, SaveRequest request);
  base::Result<Place> target_of(const ApiPath& path, bool exists) const;
  base::Outcome check_hash(const ApiPath& path, const SaveRequest& request, bool exists);
  base::Result<std::string> save_notebook(const ApiPath& path, const Place& place,
                                          wire::NotebookNode notebook);
  base::Outcome save_chunk(const ApiPath& path, const SaveRequest& request);
  base::Result<Saved> upload(const ApiPath& path, const SaveRequest& request);
  base::Outcome start_upload(const ApiPath& path, const Place& place);
  base::Outcome make_folder(const Place& place);
  base::Result<ApiPath> free_name(const ApiPath& folder, std::string_view name,
                                  std::string_view insert) const;
  base::Outcome copy_folder(const ApiPath& from, const Place& to);
  base::Outcome move_to_trash(const ApiPath& path, const Place& place);
  base::Outcome remove_for_ever(const ApiPath& path, const Place& place, const Entry& entry);

  // Checkpoints.
  ApiPath checkpoint_path(const ApiPath& path) const;
  base::Result<Checkpoint> checkpoint_of(const ApiPath& path) const;
  base::Result<Checkpoint> make_checkpoint(const ApiPath& path);
  base::Outcome move_checkpoint(const ApiPath& from, const ApiPath& to);
  void drop_checkpoint(const ApiPath& path);

  io::Disk& disk;
  base::Clock& clock;
  base::Random& random;
  Notary& notary;
  Options options;
  Tree tree;
  std::mutex changes;
  std::map<std::string, Upload> uploads;
  std::uint64_t uploads_started = 0;

  // By device, inode, times and size.
  using FileState =
      std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::uint64_t>;
  std::mutex hashes_mutex;
  std::map<FileState, std::string> hashes;
};

inline constexpr std::string_view checkpoint_id = "checkpoint";
inline constexpr std::string_view checkpoint_folder = ".ipynb_checkpoints";

// Errors of the layers below as errors of contents.
template <typename T>
base::Result<T> translated(base::Result<T> result) {
  if (!result) return std::unexpected(as_contents_error(std::move(result).error()));
  return result;
}

}  // namespace cloister::contents
