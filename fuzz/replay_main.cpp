// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files named on the command line, without libFuzzer: the corpus as a
// test.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** names) {
  for (int index = 1; index < count; ++index) {
    std::ifstream file(names[index], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", names[index]);
      return 1;
    }
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    std::printf("replayed %s\n", names[index]);
    std::fflush(stdout);
  }
  return 0;
}
