// SPDX-License-Identifier: Apache-2.0
// A data worker: descriptor 3 is the socket to the server. Runs inside a sealed cell and relies on
// it for every limit; it takes off nothing itself.
#include "cloister/data/worker.hpp"
#include "cloister/io/descriptor.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments) {
  // Keys are in this memory: no core file, no debugger of the same user.
  rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  struct stat info{};
  if (fstat(3, &info) != 0 || !S_ISSOCK(info.st_mode)) {
    std::fputs("cloister-data: started by cloister alone, with a socket as descriptor 3\n", stderr);
    return 2;
  }
  cloister::data::WorkerOptions options;
  if (count > 1) options.scratch_folder = arguments[1];
  if (count > 2)  // MiB that DuckDB may use: for tests with less memory than data
    options.import_memory_bytes = options.query_memory_bytes =
        std::strtoull(arguments[2], nullptr, 10) << 20;
  return cloister::data::serve(cloister::io::Descriptor(3), options);
}
