// SPDX-License-Identifier: Apache-2.0
// Drives the vault's side of the data workers in real cells: imports the file of its argument into
// the folder of its argument, then runs each further argument as a query on it. Prints one JSON
// object a line; refused attempts too.
#include "cloister/crypto/hash.hpp"
#include "cloister/vault/data_worker.hpp"
#include "cloister/wire/json.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>

namespace {

using namespace cloister;
namespace json = boost::json;

void print(const json::object& object) {
  std::puts(json::serialize(object).c_str());
}

int failed(const base::Error& error) {
  print({{"error", wire::to_json(error)}});
  return 1;
}

io::Descriptor open(const std::string& path) {
  return io::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::vector<crypto::Hash> hashes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  std::vector<crypto::Hash> hashes;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t size = at == 0 ? 12'288 : 262'144;
    hashes.push_back(crypto::sha256(base::as_bytes(std::string_view(all).substr(at, size))));
    at += size;
  }
  return hashes;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  std::span<char*> queries(arguments + 3, static_cast<std::size_t>(count - 3));
  const cell::AttemptSink attempts = [](const cell::Attempt& attempt) {
    print({{"attempt", attempt.operation}});
  };
  vault::Draft draft;
  draft.folder = arguments[1];
  draft.version.file_id = "f1";
  draft.key = base::SecretBytes(32);
  base::SystemRandom().fill(draft.key.writable());
  vault::ImportSource source{
      .file_name = arguments[2], .file = open(arguments[2]), .format = "", .types = {}};
  auto imported = vault::run_import(draft, std::move(source), nullptr, attempts, {}, {});
  if (!imported) return failed(imported.error());
  print({{"rows", draft.version.rows}, {"columns", draft.version.columns.size()}});
  auto worker = vault::QueryWorker::start("query-1", attempts, draft.folder);
  if (!worker) return failed(worker.error());
  const std::string file = draft.folder / "data.duckdb";
  for (const char* sql : queries) {
    std::vector<vault::QueryWorker::Table> tables;
    if (!(*worker)->has("t", "f1"))
      tables.push_back({"t", {draft.version, open(file), draft.key.clone(), hashes_of(file)}});
    auto result = (*worker)->query(sql, std::move(tables), 100, vault::ResultFormat::json, {});
    if (!result)
      print({{"error", wire::to_json(result.error())}});
    else
      print({{"rows", result->rows_json}, {"truncated", result->truncated}});
  }
  return 0;
}
