// SPDX-License-Identifier: Apache-2.0
#include "journal_file.hpp"

#include "cloister/cell/errors.hpp"
#include "cloister/crypto/aead.hpp"
#include "cloister/io/disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cloister::cell {
namespace {

constexpr std::uint64_t page = 4096;

std::array<std::byte, 12> nonce_of(std::uint64_t counter) {
  std::array<std::byte, 12> nonce{};
  base::store_big_endian(nonce.data() + 4, counter);
  return nonce;
}

// What a record is bound to.
base::Bytes context_of(std::uint64_t seq, const JournalFile::Place& place) {
  base::Bytes context = base::to_bytes("cloister journal 1");
  for (std::uint64_t value : {seq, place.offset, place.counter}) {
    std::array<std::byte, 8> bytes{};
    base::store_big_endian(bytes.data(), value);
    context.insert(context.end(), bytes.begin(), bytes.end());
  }
  return context;
}

std::unexpected<base::Error> damaged() {
  return base::fail(errors::journal, "the journal of a kernel was changed on the disk");
}

}  // namespace

base::Result<JournalFile::Place> JournalFile::write(std::uint64_t seq, base::ByteView record) {
  Place place{.offset = end_, .size = 0, .counter = counter_++};
  base::Bytes sealed =
      crypto::aead_seal_with_nonce(key_, nonce_of(place.counter), context_of(seq, place), record);
  place.size = sealed.size();
  io::SystemDisk disk;
  CLOISTER_TRY_DO(disk.write_at(file_, place.offset, sealed));
  end_ += place.size;
  return place;
}

base::Result<base::Bytes> JournalFile::read(std::uint64_t seq, const Place& place) const {
  auto sealed = io::read_at(file_, place.offset, place.size);
  if (!sealed || sealed->size() != place.size) return damaged();
  auto record = crypto::aead_open_bulk(key_, context_of(seq, place), *sealed);
  if (!record) return damaged();
  return *std::move(record);
}

void JournalFile::forget(std::vector<Place> places) {
  std::ranges::sort(places, {}, &Place::offset);
  for (std::size_t i = 0; i < places.size();) {
    std::uint64_t begin = places[i].offset;
    std::uint64_t end = begin;
    for (; i < places.size() && places[i].offset == end; ++i) end += places[i].size;
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
    if (begin < end)
      fallocate(file_.number(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(begin), static_cast<off_t>(end - begin));
  }
}

}  // namespace cloister::cell
