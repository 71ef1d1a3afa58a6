// SPDX-License-Identifier: Apache-2.0
// Makes a home as `cloister init` does, but with the cheapest passphrase that the vault accepts: a
// test that opens homes hundreds of times would mostly compute Argon2id. cheap-home HOME PASSPHRASE
#include "cloister/base/random.hpp"
#include "cloister/io/disk.hpp"
#include "cloister/vault/home.hpp"

#include <cstdio>

int main(int count, char** arguments) {
  using namespace cloister;
  if (count != 3) return 2;
  constexpr crypto::PassphraseCost cheap{.passes = 2, .memory_kib = 19u << 10};
  io::SystemDisk disk;
  base::SystemClock clock;
  base::SystemRandom random;
  auto made = vault::Home::create({disk, clock, random}, arguments[1], "ada",
                                  base::SecretBytes::copy_of(std::string_view(arguments[2])),
                                  nullptr, cheap);
  if (!made) std::fprintf(stderr, "%s\n", made.error().message.c_str());
  return made ? 0 : 1;
}
