// SPDX-License-Identifier: Apache-2.0
#include "arrow_stream.hpp"

#include "cloister/io/sealed_memory.hpp"
#include "cloister/wire/data_errors.hpp"

#include "hook/arrow_batches.hpp"

#include <nanoarrow/nanoarrow_ipc.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace cloister::data {
namespace {

namespace errors = wire::data_errors;

constexpr std::uint64_t batch_text_bytes = 256u << 20;  // far below what 31 bits can count

struct Output {
  int memory;
  std::uint64_t written = 0;
  std::uint64_t bytes_max;
};

ArrowErrorCode write_output(ArrowIpcOutputStream* stream, const void* data, int64_t bytes,
                            int64_t* written, ArrowError*) {
  auto& output = *static_cast<Output*>(stream->private_data);
  if (output.written + static_cast<std::uint64_t>(bytes) > output.bytes_max) return EFBIG;
  const ssize_t done = write(output.memory, data, static_cast<std::size_t>(bytes));
  if (done < 0) return errno == 0 ? EIO : errno;
  output.written += static_cast<std::uint64_t>(done);
  *written = done;
  return NANOARROW_OK;
}

// nanoarrow's writer with the schema of one result.
class Writer {
 public:
  Writer(int memory, std::uint64_t bytes_max) : output_{.memory = memory, .bytes_max = bytes_max} {}
  ~Writer() {
    ArrowArrayViewReset(&view_);
    if (schema_.release != nullptr) schema_.release(&schema_);
    if (open_) ArrowIpcWriterReset(&writer_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  base::Outcome begin(ArrowBatches& batches) {
    if (std::string why = batches.schema(&schema_); !why.empty()) return failed();
    ArrowIpcOutputStream stream{
        .write = write_output,
        .release = [](ArrowIpcOutputStream* self) { self->release = nullptr; },
        .private_data = &output_};
    if (ArrowIpcWriterInit(&writer_, &stream) != NANOARROW_OK) return failed();
    open_ = true;
    ArrowError error{};
    if (ArrowArrayViewInitFromSchema(&view_, &schema_, &error) != NANOARROW_OK) return failed();
    return check(ArrowIpcWriterWriteSchema(&writer_, &schema_, &error));
  }
  base::Outcome batch(ArrowArray array) {
    ArrowError error{};
    int code = ArrowArrayViewSetArray(&view_, &array, &error);
    if (code == NANOARROW_OK) code = ArrowIpcWriterWriteArrayView(&writer_, &view_, &error);
    array.release(&array);
    return check(code);
  }
  base::Outcome end() {
    ArrowError error{};
    return check(ArrowIpcWriterWriteArrayView(&writer_, nullptr, &error));
  }

 private:
  static base::Outcome failed() {
    return base::fail(errors::engine, "the result has a column that Arrow cannot hold",
                      "cast it to VARCHAR");
  }
  static base::Outcome check(int code) {
    if (code == NANOARROW_OK) return {};
    if (code == EFBIG || code == ENOMEM || code == ENOSPC)
      return base::fail(errors::too_large, "the result is larger than a worker may hand out",
                        "read fewer rows or columns at a time");
    return failed();
  }

  Output output_;
  ArrowSchema schema_{};
  ArrowArrayView view_{};
  ArrowIpcWriter writer_{};
  bool open_ = false;
};

// Writes batches on a thread of its own, so that the engine reads on while one is copied into the
// memory file. Holds one batch besides the one that it writes.
class BatchQueue {
 public:
  explicit BatchQueue(Writer& writer) : writer_(writer), thread_([this] { run(); }) {}
  ~BatchQueue() {
    (void)finish();
    if (waiting_) waiting_->release(&*waiting_);
  }
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  // Waits while a batch is waiting already. An error of an earlier batch comes back here or later.
  base::Outcome put(ArrowBatches& batches) {
    ArrowArray array{};
    if (std::string why = batches.finish(&array); !why.empty()) return batch_too_large();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_ || !outcome_; });
    if (!outcome_) {
      array.release(&array);
      return outcome_;
    }
    waiting_ = array;
    changed_.notify_all();
    return {};
  }
  base::Outcome finish() {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    return outcome_;
  }
  static base::Outcome batch_too_large() {
    return base::fail(errors::too_large, "a batch of the result is larger than Arrow can hold",
                      "read fewer columns, or shorter texts, at a time");
  }

 private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return waiting_ || ended_; });
      if (!waiting_) return;
      ArrowArray array = *std::exchange(waiting_, std::nullopt);
      changed_.notify_all();
      lock.unlock();
      base::Outcome written = writer_.batch(array);
      lock.lock();
      if (written) continue;
      outcome_ = std::move(written);
      changed_.notify_all();
      return;
    }
  }

  Writer& writer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<ArrowArray> waiting_;
  base::Outcome outcome_;
  bool ended_ = false;
  std::jthread thread_;
};

// The chunk cut to the rows that are still wanted.
void shorten(const Chunk& chunk, std::uint64_t rows) {
  if (chunk.size() > rows) duckdb_data_chunk_set_size(chunk.raw(), rows);
}

}  // namespace

base::Result<ArrowStream> write_arrow(Connection& connection, Result& result,
                                      std::uint64_t row_limit, std::uint64_t bytes_max,
                                      const std::atomic<bool>& cancelled) {
  ArrowStream stream;
  CLOISTER_TRY(stream.memory, io::create_memory_file("cloister-result"));
  ArrowBatches batches(connection.raw(), result.raw());
  Writer writer(stream.memory.number(), bytes_max);
  CLOISTER_TRY_DO(writer.begin(batches));
  BatchQueue queue(writer);
  for (;;) {
    CLOISTER_TRY(Chunk chunk, connection.next(result));
    if (!chunk) break;
    if (cancelled) return base::fail(errors::cancelled, "the query was cancelled");
    if (chunk.size() == 0) continue;
    const std::uint64_t left = row_limit - stream.rows;
    stream.truncated = chunk.size() > left;
    shorten(chunk, left);
    stream.rows += chunk.size();
    if (chunk.size() > 0 && !batches.append(chunk.raw()).empty())
      return std::unexpected(BatchQueue::batch_too_large().error());
    if (batches.rows() >= arrow_batch_rows || batches.bytes() >= batch_text_bytes)
      CLOISTER_TRY_DO(queue.put(batches));
    if (stream.truncated) break;
  }
  if (batches.rows() > 0) CLOISTER_TRY_DO(queue.put(batches));
  CLOISTER_TRY_DO(queue.finish());
  CLOISTER_TRY_DO(writer.end());
  CLOISTER_TRY_DO(io::seal(stream.memory));
  return stream;
}

}  // namespace cloister::data
