// SPDX-License-Identifier: Apache-2.0
// The files, notebooks and folders below one root, as Jupyter's contents service offers them.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/contents/model.hpp"
#include "cloister/contents/notary.hpp"
#include "cloister/io/disk.hpp"

#include <memory>

namespace cloister::contents {

struct Options {
  io::Path root;
  bool allow_hidden = false;
  bool delete_to_trash =
      true;  // into .Trash-<uid> of the root; else for ever, and never a full folder
};

// What /files streams: a regular file, open for reading.
struct OpenFile {
  io::Descriptor file;
  std::uint64_t size = 0;
  base::WallTime last_modified;
  std::string name;
  std::optional<std::string> mimetype;
};

struct Saved {
  Model model;  // without content
  bool created = false;
};

// Paths are the API's, percent-decoded. Errors are those of errors.hpp; http_status() maps them.
// All calls block (disk); thread-safe: readers run at once, changes one after the other.
class Contents {
 public:
  // All references outlive this. The root is there already.
  static base::Result<std::unique_ptr<Contents>> open(io::Disk& disk, base::Clock& clock,
                                                      base::Random& random, Notary& notary,
                                                      Options options);
  ~Contents();

  base::Result<Model> get(std::string_view path, const GetRequest& request);
  base::Result<OpenFile> open_file(std::string_view path);
  bool folder_exists(std::string_view path);

  // A new thing with a name of ours. `type` none: by `extension` (".ipynb" is a notebook, else a
  // file).
  base::Result<Model> create_untitled(std::string_view folder, std::optional<Type> type,
                                      std::string_view extension);
  // `to`: a folder (the name gets "-Copy1" where it is taken), or the new path.
  base::Result<Model> copy(std::string_view from, std::string_view to);
  base::Result<Saved> save(std::string_view path, SaveRequest request);
  base::Result<Model> rename(std::string_view from, std::string_view to);
  base::Outcome remove(std::string_view path);
  base::Outcome trust(std::string_view path);
  base::Outcome empty_trash();

  base::Result<std::vector<Checkpoint>> checkpoints(std::string_view path);
  base::Result<Checkpoint> create_checkpoint(std::string_view path);
  base::Outcome restore_checkpoint(std::string_view path, std::string_view id);
  base::Outcome remove_checkpoint(std::string_view path, std::string_view id);

 private:
  struct Impl;
  explicit Contents(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloister::contents
