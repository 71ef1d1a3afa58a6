// SPDX-License-Identifier: Apache-2.0
// A disk whose power fails: what no fsync made durable is lost, wholly or in part.
#pragma once

#include "cloister/io/disk.hpp"
#include "cloister/io/errors.hpp"

#include <sys/stat.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cloister::ledger {

// Counts steps as io::FaultDisk does; from step `at` on every step fails, as if the machine were
// off. restore_after_failure() then lays out what a real disk could hold: file contents as of their
// last sync, folder entries as of their folder's last sync; each change after that is there or not
// by seed (seed 0: none of them).
class PowerLossDisk final : public io::SystemDisk {
 public:
  // `root` is durable as it is now.
  PowerLossDisk(io::Path root, std::uint64_t at) : root_(std::move(root)), at_(at) {
    take_folder(root_);
    for (const auto& item : std::filesystem::recursive_directory_iterator(root_))
      if (item.is_directory())
        take_folder(item.path());
      else
        durable_[inode(item.path())] = read(item.path());
  }
  std::uint64_t steps() const { return steps_; }

  base::Result<io::Descriptor> create(const io::Path& path, mode_t mode) override {
    if (off()) return failed();
    auto file = SystemDisk::create(path, mode);
    // Held open, so that its inode is not used again.
    if (file) held_.push_back(*file->duplicate());
    return file;
  }
  base::Outcome write_at(const io::Descriptor& file, std::uint64_t offset,
                         base::ByteView bytes) override {
    if (off()) return failed();
    return SystemDisk::write_at(file, offset, bytes);
  }
  base::Outcome truncate(const io::Descriptor& file, std::uint64_t size) override {
    if (off()) return failed();
    return SystemDisk::truncate(file, size);
  }
  base::Outcome sync(const io::Descriptor& file) override {
    if (off()) return failed();
    struct stat info{};
    fstat(file.number(), &info);
    auto bytes = io::read_at(file, 0, static_cast<std::size_t>(info.st_size));
    durable_[info.st_ino] = std::string(base::as_text(*bytes));
    return {};
  }
  base::Outcome sync_folder(const io::Path& folder) override {
    if (off()) return failed();
    take_folder(folder);
    return {};
  }
  base::Outcome rename(const io::Path& from, const io::Path& to) override {
    if (off()) return failed();
    return SystemDisk::rename(from, to);
  }
  base::Outcome remove(const io::Path& path) override {
    if (off()) return failed();
    if (auto file = SystemDisk::open_read(path)) held_.push_back(*std::move(file));
    return SystemDisk::remove(path);
  }
  base::Outcome remove_folder(const io::Path& path) override {
    if (off()) return failed();
    return SystemDisk::remove_folder(path);
  }
  base::Outcome make_folder(const io::Path& path, mode_t mode) override {
    if (off()) return failed();
    return SystemDisk::make_folder(path, mode);
  }

  void restore_after_failure(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    auto happened = [&] { return seed != 0 && random() % 2 == 0; };
    std::map<std::string, std::string> files;
    std::set<std::string> folders;
    lay_out(root_, "", happened, files, folders);
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    for (const std::string& folder : folders) std::filesystem::create_directories(root_ / folder);
    for (const auto& [name, text] : files) {
      std::filesystem::create_directories((root_ / name).parent_path());
      auto file = SystemDisk::create(root_ / name, 0600);
      (void)SystemDisk::write_at(*file, 0, base::as_bytes(text));
    }
  }

 private:
  static ino_t inode(const io::Path& path) {
    struct stat info{};
    return lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
  }
  static std::string read(const io::Path& path) {
    io::SystemDisk disk;
    auto bytes = io::read_file(disk, path, 1u << 30);
    return bytes ? std::string(base::as_text(*bytes)) : std::string();
  }
  static std::map<std::string, ino_t> entries(const io::Path& folder) {
    std::map<std::string, ino_t> names;
    if (auto listed = io::exists(folder) ? io::list_folder(folder) : std::vector<std::string>{})
      for (const std::string& name : *listed) names[name] = inode(folder / name);
    return names;
  }
  static std::unexpected<base::Error> failed() {
    return base::fail(io::errors::system, "the machine is off");
  }
  bool off() { return ++steps_ >= at_ && at_ != 0; }
  void take_folder(const io::Path& folder) { folders_[folder] = entries(folder); }

  template <typename Happened>
  void lay_out(const io::Path& folder, const std::string& prefix, Happened&& happened,
               std::map<std::string, std::string>& files, std::set<std::string>& laid) {
    std::map<std::string, ino_t> now = entries(folder);
    std::map<std::string, ino_t> then = folders_[folder];
    std::set<std::string> names;
    for (const auto* list : {&now, &then})
      for (const auto& [name, ignored] : *list) names.insert(name);
    for (const std::string& name : names) {
      bool changed = now.contains(name) != then.contains(name) ||
                     (now.contains(name) && now[name] != then[name]);
      auto& source = changed && !happened() ? then : now;
      if (!source.contains(name)) continue;
      std::string path = prefix.empty() ? name : prefix + "/" + name;
      // A folder that is gone may come back as well.
      if (std::filesystem::is_directory(folder / name) ||
          (!now.contains(name) && folders_.contains(folder / name))) {
        laid.insert(path);
        lay_out(folder / name, path, happened, files, laid);
        continue;
      }
      std::string durable = durable_[source[name]];
      bool live = now.contains(name) && now[name] == source[name];
      std::string text = live && happened() ? read(folder / name) : durable;
      files[path] = text;
    }
  }

  io::Path root_;
  std::uint64_t at_;
  std::uint64_t steps_ = 0;
  std::vector<io::Descriptor> held_;
  std::map<ino_t, std::string> durable_;
  std::map<io::Path, std::map<std::string, ino_t>> folders_;
};

}  // namespace cloister::ledger
