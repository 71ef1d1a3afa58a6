// SPDX-License-Identifier: Apache-2.0
#include "tour_scan.hpp"

#include "cloister/base/random.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>

namespace cloister::app {
namespace {

class TourScan : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tour-scan-XXXXXX").native();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, std::string_view content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::string random_text(std::size_t size) {
    base::SeededRandom random(5);
    std::string text(size, '\0');
    random.fill({reinterpret_cast<std::byte*>(text.data()), text.size()});
    return text;
  }
  io::SystemDisk disk_;
  io::Path folder_;
};

TEST_F(TourScan, FindsANeedleInAnyFile) {
  write("a", "xxCANARYxx");
  write("b", "nothing");
  auto scan = scan_folder(disk_, folder_, {"CANARY", "OTHER"});
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->files, 2);
  EXPECT_THAT(scan->found, testing::ElementsAre("CANARY"));
}

TEST_F(TourScan, CompressedPlainTextIsUnevenCipherTextIsNot) {
  write("data.duckdb", std::string(12288, '\0') + random_text(1 << 18));
  EXPECT_EQ(scan_folder(disk_, folder_, {})->uneven_blocks, 0);
  std::string skewed = random_text(1 << 18);
  for (char& c : skewed) c = static_cast<char>(c & 0x7f);
  write("data.duckdb", std::string(12288, '\0') + skewed);
  EXPECT_EQ(scan_folder(disk_, folder_, {})->uneven_blocks, 4);
}

TEST_F(TourScan, SamplesValuesOfTheFirstColumns) {
  write("t.csv", "name,mail,n\na,a@x,1\nb,b@x,2\nc,c@x,3\nd,d@x,4\n");
  EXPECT_EQ(*count_rows(disk_, folder_ / "t.csv"), 4);
  EXPECT_THAT(*sample_values(disk_, folder_ / "t.csv", 2, 2),
              testing::ElementsAre("a", "a@x", "c", "c@x"));
}

}  // namespace
}  // namespace cloister::app
