// SPDX-License-Identifier: Apache-2.0
#include "memory_folders.hpp"

#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

TEST(MemoryFolders, OneFileForEachPageWithinBounds) {
  EXPECT_EQ(files_max_of(16u << 20), 4096u);
  EXPECT_EQ(files_max_of(4096), 1024u);
  EXPECT_EQ(files_max_of(1ull << 50), 1ull << 20);
}

TEST(MemoryFolders, AreMountedOverNothingThatACellShows) {
  MemoryFolders none({"/srv/a", "/media/b", "/mnt", "/opt/c/d"});
  EXPECT_FALSE(none.add("0700", 4096));
  MemoryFolders some({"/srvother", "/media/b"});
  auto place = some.add("0700", 4096);
  ASSERT_TRUE(place);
  EXPECT_FALSE(place->starts_with("/media/")) << *place;
  EXPECT_NE(*some.add("0700", 4096), *place);
}

}  // namespace
}  // namespace cloister::cell
