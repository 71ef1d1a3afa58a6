// SPDX-License-Identifier: Apache-2.0
#include "hook/descriptor_file_system.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cloister::data {
namespace {

constexpr std::string_view scheme = "descriptor://";

using File = DescriptorFiles::File;

struct Handle final : duckdb::FileHandle {
  Handle(duckdb::FileSystem& system, const std::string& path, duckdb::FileOpenFlags flags,
         std::shared_ptr<File> opened)
      : FileHandle(system, path, flags), file(std::move(opened)) {}
  void Close() override {}
  std::shared_ptr<File> file;
  std::atomic<uint64_t> position{0};
};

File& file_of(duckdb::FileHandle& handle) {
  return *static_cast<Handle&>(handle).file;
}

// Reads all of it or throws.
void read_exactly(const File& file, std::byte* out, uint64_t bytes, uint64_t location) {
  while (bytes > 0) {
    ssize_t got = pread(file.descriptor, out, bytes, static_cast<off_t>(location));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw duckdb::IOException("cannot read a file: %s", std::string(strerror(errno)));
    if (got == 0) throw duckdb::IOException("a file is shorter than it was");
    out += got;
    bytes -= static_cast<uint64_t>(got);
    location += static_cast<uint64_t>(got);
  }
}

uint64_t leaf_at(uint64_t location) {
  return location < first_leaf_bytes ? 0 : 1 + (location - first_leaf_bytes) / leaf_bytes;
}

struct Range {
  uint64_t begin;
  uint64_t end;
};

Range range_of_leaf(const File& file, uint64_t leaf) {
  uint64_t begin = leaf == 0 ? 0 : first_leaf_bytes + (leaf - 1) * leaf_bytes;
  uint64_t end = leaf == 0 ? first_leaf_bytes : begin + leaf_bytes;
  return {begin, std::min(end, file.size)};
}

void verify(File& file, uint64_t leaf, std::span<const std::byte> bytes) {
  if (hash_of_leaf(bytes) != file.block_hashes[leaf])
    throw duckdb::IOException("%s: block %llu does not fit the manifest",
                              std::string(integrity_marker), static_cast<uint64_t>(leaf));
  file.verified[leaf] = true;
}

// Reads the part of one leaf. On its first touch the whole leaf is read and compared, and what is
// handed out is what was compared.
void read_from_leaf(File& file, uint64_t leaf, std::byte* out, uint64_t bytes, uint64_t location) {
  if (file.verified[leaf]) return read_exactly(file, out, bytes, location);
  Range whole = range_of_leaf(file, leaf);
  if (location == whole.begin && bytes == whole.end - whole.begin) {
    read_exactly(file, out, bytes, location);
    return verify(file, leaf, {out, bytes});
  }
  std::vector<std::byte> buffer(whole.end - whole.begin);
  read_exactly(file, buffer.data(), buffer.size(), whole.begin);
  verify(file, leaf, buffer);
  std::memcpy(out, buffer.data() + (location - whole.begin), bytes);
}

// SECURITY: no byte of a sealed file reaches DuckDB before its leaf fits the manifest (test:
// DescriptorFiles.SwappedBlocksAreFound).
void read_at(File& file, std::byte* out, uint64_t bytes, uint64_t location) {
  if (location > file.size || bytes > file.size - location)
    throw duckdb::IOException("a read goes past the end of a file");
  file.bytes_read += bytes;
  if (file.block_hashes.empty()) return read_exactly(file, out, bytes, location);
  while (bytes > 0) {
    uint64_t leaf = leaf_at(location);
    uint64_t part = std::min(bytes, range_of_leaf(file, leaf).end - location);
    read_from_leaf(file, leaf, out, part, location);
    out += part;
    bytes -= part;
    location += part;
  }
}

}  // namespace

BlockHash hash_of_leaf(std::span<const std::byte> bytes) {
  BlockHash hash{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(hash.data()), &size,
                 EVP_sha256(), nullptr) != 1)
    throw duckdb::IOException("SHA-256 does not work");
  return hash;
}

std::string DescriptorFiles::add(int descriptor, std::vector<BlockHash> block_hashes) {
  auto file = std::make_shared<File>();
  file->descriptor = descriptor;
  struct stat info{};
  if (fstat(descriptor, &info) == 0 && info.st_size > 0)
    file->size = static_cast<std::uint64_t>(info.st_size);
  file->verified = std::vector<std::atomic<bool>>(block_hashes.size());
  file->block_hashes = std::move(block_hashes);
  std::lock_guard lock(mutex_);
  file->name = std::string(scheme) + std::to_string(next_++);
  files_[file->name] = file;
  return file->name;
}

std::shared_ptr<DescriptorFiles::File> DescriptorFiles::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->second;
}

std::uint64_t DescriptorFiles::bytes_read(const std::string& name) const {
  auto file = find(name);
  return file ? std::min<std::uint64_t>(file->bytes_read, file->size) : 0;
}

bool DescriptorFileSystem::CanHandleFile(const std::string& path) {
  return path.starts_with(scheme);
}

duckdb::unique_ptr<duckdb::FileHandle> DescriptorFileSystem::OpenFile(
    const std::string& path, duckdb::FileOpenFlags flags,
    duckdb::optional_ptr<duckdb::FileOpener>) {
  auto file = files_->door_open() ? files_->find(path) : nullptr;
  if (!file) {
    if (flags.ReturnNullIfNotExists()) return nullptr;
    throw duckdb::PermissionException("there is no file of this name");
  }
  if (flags.OpenForWriting()) throw duckdb::PermissionException("a file can only be read");
  if (!file->block_hashes.empty()) {
    uint64_t leaves = file->size == 0 ? 0 : leaf_at(file->size - 1) + 1;
    if (leaves != file->block_hashes.size())
      throw duckdb::IOException("%s: the file has %llu blocks, its manifest %llu",
                                std::string(integrity_marker), leaves,
                                static_cast<uint64_t>(file->block_hashes.size()));
  }
  return duckdb::make_uniq<Handle>(*this, path, flags, std::move(file));
}

void DescriptorFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t bytes,
                                uint64_t location) {
  read_at(file_of(handle), static_cast<std::byte*>(buffer), static_cast<uint64_t>(bytes), location);
}

int64_t DescriptorFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t bytes) {
  auto& opened = static_cast<Handle&>(handle);
  uint64_t position = opened.position;
  uint64_t left = opened.file->size - std::min(opened.file->size, position);
  uint64_t part = std::min(left, static_cast<uint64_t>(bytes));
  read_at(*opened.file, static_cast<std::byte*>(buffer), part, position);
  opened.position = position + part;
  return static_cast<int64_t>(part);
}

int64_t DescriptorFileSystem::GetFileSize(duckdb::FileHandle& handle) {
  return static_cast<int64_t>(file_of(handle).size);
}

duckdb::timestamp_t DescriptorFileSystem::GetLastModifiedTime(duckdb::FileHandle&) {
  return duckdb::timestamp_t(0);  // a descriptor's bytes are fixed for us
}

duckdb::FileType DescriptorFileSystem::GetFileType(duckdb::FileHandle&) {
  return duckdb::FileType::FILE_TYPE_REGULAR;
}

duckdb::FileMetadata DescriptorFileSystem::Stats(duckdb::FileHandle& handle) {
  duckdb::FileMetadata metadata;
  metadata.file_size = GetFileSize(handle);
  metadata.last_modification_time = GetLastModifiedTime(handle);
  metadata.file_type = GetFileType(handle);
  return metadata;
}

std::string DescriptorFileSystem::GetVersionTag(duckdb::FileHandle& handle) {
  return file_of(handle).name;
}

void DescriptorFileSystem::Seek(duckdb::FileHandle& handle, uint64_t location) {
  static_cast<Handle&>(handle).position = location;
}

uint64_t DescriptorFileSystem::SeekPosition(duckdb::FileHandle& handle) {
  return static_cast<Handle&>(handle).position;
}

bool DescriptorFileSystem::FileExists(const std::string& path,
                                      duckdb::optional_ptr<duckdb::FileOpener>) {
  return files_->door_open() && files_->find(path) != nullptr;
}

duckdb::vector<duckdb::OpenFileInfo> DescriptorFileSystem::Glob(const std::string& path,
                                                                duckdb::FileOpener*) {
  duckdb::vector<duckdb::OpenFileInfo> found;
  if (FileExists(path, nullptr)) found.emplace_back(path);
  return found;
}

}  // namespace cloister::data
