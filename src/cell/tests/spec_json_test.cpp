// SPDX-License-Identifier: Apache-2.0
#include "cloister/cell/spec_json.hpp"

#include "cloister/cell/errors.hpp"

#include <gtest/gtest.h>

namespace cloister::cell {
namespace {

CellSpec example() {
  CellSpec spec;
  spec.name = "c1";
  spec.notebook = "In [7]";
  spec.profile = Profile::kernel;
  spec.arguments = {"/usr/bin/python3", "-c", "print('ü')"};
  spec.environment = {"PATH=/usr/bin"};
  spec.folder = "/work";
  spec.mounts = {{.source = "/a", .target = "/b", .writable = true}};
  spec.private_folder = "/work";
  spec.files = {{.target = "/tmp/x", .content = std::string("\0\xff", 2)},
                {.target = "/y", .content = ""}};
  spec.limits.cpu_time = std::chrono::seconds(7);
  spec.limits.memory_bytes = 1ull << 40;
  return spec;
}

base::Result<Request> through(const CellSpec& spec) {
  return request_from_frame(to_frame(spec, {}));
}

// The frame's header with one text in it replaced.
base::Result<Request> changed(const std::string& from, const std::string& to) {
  io::Frame frame = to_frame(example(), {});
  std::size_t at = frame.header.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  frame.header.replace(at, from.size(), to);
  return request_from_frame(std::move(frame));
}

TEST(SpecJson, KeepsEverything) {
  auto request = through(example());
  ASSERT_TRUE(request) << request.error().message;
  const CellSpec& spec = request->spec;
  EXPECT_EQ(spec.name, "c1");
  EXPECT_EQ(spec.notebook, "In [7]");
  EXPECT_EQ(spec.profile, Profile::kernel);
  EXPECT_EQ(spec.arguments, example().arguments);
  EXPECT_EQ(spec.environment, example().environment);
  EXPECT_EQ(spec.folder, "/work");
  ASSERT_EQ(spec.mounts.size(), 1u);
  EXPECT_TRUE(spec.mounts[0].writable);
  ASSERT_EQ(spec.files.size(), 2u);
  EXPECT_EQ(spec.files[0].content, std::string("\0\xff", 2));
  EXPECT_EQ(spec.limits.cpu_time.count(), 7);
  EXPECT_EQ(spec.limits.memory_bytes, 1ull << 40);
}

TEST(SpecJson, RefusesWhatItDoesNotKnow) {
  auto request = changed("{\"name\"", "{\"weaken\":[\"seccomp\"],\"name\"");
  ASSERT_FALSE(request);
  EXPECT_TRUE(request.error().is(errors::bad_specification));
  EXPECT_FALSE(changed("\"writable\"", "\"exec\":true,\"writable\""));
  EXPECT_FALSE(changed("\"kernel\"", "\"open\""));
}

TEST(SpecJson, RefusesWhatNoCellCanBe) {
  auto refused = [](auto change) {
    CellSpec spec = example();
    change(spec);
    auto request = through(spec);
    return !request && request.error().is(errors::bad_specification);
  };
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.arguments.clear(); }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.arguments[0] = "python3"; }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.mounts[0].target = "/usr/../etc"; }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.mounts[0].source = "relative"; }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.folder = "/a/.."; }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.private_folder = "x"; }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.environment = {std::string("A=\0B", 4)}; }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.arguments.resize(5000, "x"); }));
  EXPECT_TRUE(refused([](CellSpec& spec) { spec.limits.wall_time = std::chrono::seconds(-1); }));
  EXPECT_FALSE(refused([](CellSpec& spec) { spec.folder = "/a..b"; }));
}

TEST(SpecJson, RefusesDescriptorsThatDoNotMatch) {
  EXPECT_FALSE(request_from_frame(to_frame(example(), {1})));
  io::Frame frame = to_frame(example(), {1, 1});
  auto pair = io::socket_pair();
  frame.descriptors.push_back(std::move(pair->first));
  frame.descriptors.push_back(std::move(pair->second));
  EXPECT_FALSE(request_from_frame(std::move(frame)));
}

TEST(SpecJson, RefusesFilesThatAreLongerThanTheBody) {
  io::Frame frame = to_frame(example(), {});
  frame.body.pop_back();
  EXPECT_FALSE(request_from_frame(std::move(frame)));
  io::Frame more = to_frame(example(), {});
  more.body.push_back(std::byte{0});
  EXPECT_FALSE(request_from_frame(std::move(more)));
}

}  // namespace
}  // namespace cloister::cell
