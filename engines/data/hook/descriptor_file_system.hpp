// SPDX-License-Identifier: Apache-2.0
// DuckDB's view of DescriptorFiles. C++20, included by the hook alone.
#pragma once

#include "hook/duckdb_hook.hpp"

#include <duckdb/common/file_system.hpp>

namespace cloister::data {

// Positional reads of whole files; every first touch of a leaf is compared with its hash. All
// calls may come from any of DuckDB's threads.
class DescriptorFileSystem final : public duckdb::FileSystem {
 public:
  explicit DescriptorFileSystem(std::shared_ptr<DescriptorFiles> files)
      : files_(std::move(files)) {}

  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(
      const std::string& path, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void Read(duckdb::FileHandle& handle, void* buffer, int64_t bytes, uint64_t location) override;
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t bytes) override;
  int64_t GetFileSize(duckdb::FileHandle& handle) override;
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle& handle) override;
  duckdb::FileType GetFileType(duckdb::FileHandle& handle) override;
  duckdb::FileMetadata Stats(duckdb::FileHandle& handle) override;
  std::string GetVersionTag(duckdb::FileHandle& handle) override;
  void Seek(duckdb::FileHandle& handle, uint64_t location) override;
  void Reset(duckdb::FileHandle& handle) override { Seek(handle, 0); }
  uint64_t SeekPosition(duckdb::FileHandle& handle) override;
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle&) override { return true; }
  bool FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) override;
  bool DirectoryExists(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }
  bool IsPipe(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }
  bool TryRemoveFile(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& path, duckdb::FileOpener*) override;
  bool CanHandleFile(const std::string& path) override;
  std::string CanonicalizePath(const std::string& path,
                               duckdb::optional_ptr<duckdb::FileOpener>) override {
    return path;
  }
  std::string PathSeparator(const std::string&) override { return "/"; }
  std::string GetName() const override { return "DescriptorFileSystem"; }

 private:
  std::shared_ptr<DescriptorFiles> files_;
};

}  // namespace cloister::data
