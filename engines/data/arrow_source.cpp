// SPDX-License-Identifier: Apache-2.0
#include "arrow_source.hpp"

#include "cloister/io/sealed_memory.hpp"
#include "cloister/wire/data_errors.hpp"

#include <nanoarrow/nanoarrow_ipc.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

constexpr std::uint64_t stream_bytes_max = 64ull << 30;

// A text column is UTF-8 when its whole buffer is and no text begins inside a character.
bool texts_are_utf8(const ArrowArrayView& view) {
  const bool large = view.storage_type == NANOARROW_TYPE_LARGE_STRING;
  if (view.length == 0) return true;
  const std::int64_t first = view.offset;
  const std::int64_t last = view.offset + view.length;
  auto offset_at = [&](std::int64_t i) {
    return large ? view.buffer_views[1].data.as_int64[i]
                 : static_cast<std::int64_t>(view.buffer_views[1].data.as_int32[i]);
  };
  const char* bytes = view.buffer_views[2].data.as_char;
  const std::int64_t begin = offset_at(first);
  const std::int64_t end = offset_at(last);
  if (end == begin) return true;
  duckdb_error_data bad = duckdb_valid_utf8_check(bytes + begin, static_cast<idx_t>(end - begin));
  if (bad != nullptr) {
    const bool failed = duckdb_error_data_has_error(bad);
    duckdb_destroy_error_data(&bad);
    if (failed) return false;
  }
  for (std::int64_t i = first; i < last; ++i) {
    const std::int64_t at = offset_at(i);
    if (at < end && (static_cast<unsigned char>(bytes[at]) & 0xc0) == 0x80) return false;
  }
  return true;
}

bool is_utf8(const ArrowArrayView& view) {
  switch (view.storage_type) {
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
      if (!texts_are_utf8(view)) return false;
      break;
    case NANOARROW_TYPE_STRING_VIEW:
      for (std::int64_t i = 0; i < view.length; ++i) {
        if (ArrowArrayViewIsNull(&view, i)) continue;
        const ArrowStringView text = ArrowArrayViewGetStringUnsafe(&view, i);
        duckdb_error_data bad =
            duckdb_valid_utf8_check(text.data, static_cast<idx_t>(text.size_bytes));
        const bool failed = bad != nullptr && duckdb_error_data_has_error(bad);
        if (bad != nullptr) duckdb_destroy_error_data(&bad);
        if (failed) return false;
      }
      break;
    default:
      break;
  }
  for (std::int64_t i = 0; i < view.n_children; ++i)
    if (!is_utf8(*view.children[i])) return false;
  return view.dictionary == nullptr || is_utf8(*view.dictionary);
}

}  // namespace

struct ArrowSource::State {
  std::optional<io::MappedMemory> memory;
  std::atomic<std::uint64_t> read{0};
  ArrowArrayStream reader{};
  ArrowSchema schema{};
  ArrowArrayStream checked{};  // what DuckDB scans
  std::string failure;

  static State& of(ArrowArrayStream* stream) { return *static_cast<State*>(stream->private_data); }

  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    *out = of(stream).schema;  // DuckDB asks again and again and releases nothing
    out->release = [](ArrowSchema* self) { self->release = nullptr; };
    return 0;
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    State& self = of(stream);
    const int code = self.reader.get_next(&self.reader, out);
    if (code != 0) {
      self.failure = "the Arrow stream is damaged";
      return code;
    }
    if (out->release == nullptr) return 0;
    if (!self.check_texts(out)) {
      out->release(out);
      self.failure = "a text of the Arrow stream is not UTF-8";
      return EINVAL;
    }
    return 0;
  }
  bool check_texts(ArrowArray* array) {
    ArrowArrayView view;
    ArrowError error{};
    bool good = ArrowArrayViewInitFromSchema(&view, &schema, &error) == NANOARROW_OK;
    good = good && ArrowArrayViewSetArray(&view, array, &error) == NANOARROW_OK && is_utf8(view);
    ArrowArrayViewReset(&view);
    return good;
  }
};

namespace {

using Position = std::pair<base::ByteView, std::atomic<std::uint64_t>*>;

ArrowErrorCode read_memory(ArrowIpcInputStream* stream, std::uint8_t* out, std::int64_t bytes,
                           std::int64_t* read, ArrowError*) {
  auto& source = *static_cast<Position*>(stream->private_data);
  const std::size_t at = *source.second;
  const std::size_t part = std::min(static_cast<std::size_t>(bytes), source.first.size() - at);
  if (part > 0) std::memcpy(out, source.first.data() + at, part);
  *source.second = at + part;
  *read = static_cast<std::int64_t>(part);
  return NANOARROW_OK;
}

void release_memory(ArrowIpcInputStream* stream) {
  delete static_cast<Position*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

ArrowSource::ArrowSource() : state_(std::make_unique<State>()) {}

ArrowSource::~ArrowSource() {
  if (state_->schema.release != nullptr) state_->schema.release(&state_->schema);
  if (state_->reader.release != nullptr) state_->reader.release(&state_->reader);
}

base::Result<std::unique_ptr<ArrowSource>> ArrowSource::open(const io::Descriptor& memory) {
  std::unique_ptr<ArrowSource> source(new ArrowSource());
  State& state = *source->state_;
  CLOISTER_TRY(io::MappedMemory mapped, io::MappedMemory::map(memory, stream_bytes_max));
  state.memory.emplace(std::move(mapped));
  ArrowIpcInputStream input{.read = read_memory,
                            .release = release_memory,
                            .private_data = new Position(state.memory->view(), &state.read)};
  if (ArrowIpcArrayStreamReaderInit(&state.reader, &input, nullptr) != NANOARROW_OK ||
      state.reader.get_schema(&state.reader, &state.schema) != 0 || state.schema.n_children < 1)
    return base::fail(errors::not_a_table, "what came is not an Arrow IPC stream with columns");
  state.checked.get_schema = State::get_schema;
  state.checked.get_next = State::get_next;
  state.checked.get_last_error = [](ArrowArrayStream*) { return "not acceptable"; };
  state.checked.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  state.checked.private_data = &state;
  return source;
}

base::Outcome ArrowSource::create_view(Connection& connection, const std::string& name) {
  if (duckdb_arrow_scan(connection.raw(), name.c_str(),
                        reinterpret_cast<duckdb_arrow_stream>(&state_->checked)) != DuckDBSuccess)
    return base::fail(errors::not_a_table, "the Arrow stream has a column that cannot be stored");
  return {};
}

std::uint64_t ArrowSource::bytes_read() const {
  return state_->read;
}

std::string ArrowSource::failure() const {
  return state_->failure;
}

}  // namespace cloister::data
