// SPDX-License-Identifier: Apache-2.0
#include "cloister/crypto/hash.hpp"

#include "cloister/base/random.hpp"

#include "vector_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace cloister::crypto {
namespace {

TEST(Sha256, AgreesWithNistsVectors) {
  auto cases = read_vectors("sha256.txt");
  ASSERT_EQ(cases.size(), 73u);
  for (const VectorCase& test : cases)
    EXPECT_EQ(base::to_hex(sha256(test.bytes("Msg"))), test.text("MD"));
}

TEST(Sha256, PiecesAndPartsGiveTheSameHash) {
  base::SeededRandom random(2);
  base::Bytes message(1000);
  random.fill(message);
  base::ByteView view(message);
  Hash whole = sha256(view);
  Sha256 hasher;
  for (int round = 0; round < 50; ++round) {
    for (base::ByteView rest = view; !rest.empty();) {
      std::size_t size = std::min<std::size_t>(rest.size(), random.next() % 130);
      hasher.update(rest.first(size));
      rest = rest.subspan(size);
    }
    ASSERT_EQ(hasher.finish(), whole);  // and starts anew
  }
  EXPECT_EQ(sha256({view.first(1), view.subspan(1, 64), view.subspan(65)}), whole);
  EXPECT_EQ(sha256({view, {}}), whole);
  EXPECT_EQ(sha256(std::initializer_list<base::ByteView>{}), sha256(base::ByteView{}));
}

TEST(Sha256, MovesItsState) {
  Sha256 first;
  first.update(base::as_bytes("a"));
  Sha256 second(std::move(first));
  second.update(base::as_bytes("bc"));
  EXPECT_EQ(second.finish(), sha256(base::as_bytes("abc")));
}

TEST(Sha256, IsIndependentInEachThread) {
  base::Bytes message(100000, std::byte{7});
  Hash expected = sha256(message);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) right += sha256(message) == expected;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

}  // namespace
}  // namespace cloister::crypto
