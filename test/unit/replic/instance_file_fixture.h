// test/unit/replic/instance_file_fixture.h -- an instance file in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "replic/instance/instance_file.h"

namespace hw {

class InstanceFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "instance_" + std::to_string(::getpid()) + "_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/gtm.repl";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  InstanceFile create() {
    auto made = InstanceFile::create(*InstanceName::parse("INSTA"), {path_, true, 4711, 1'795'312'041, "vm"});
    EXPECT_TRUE(made.has_value());
    return std::move(made->file);
  }
  InstanceFile reopen() {
    auto file = InstanceFile::open(path_);
    EXPECT_TRUE(file.has_value()) << file.error().render();
    return std::move(*file);
  }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(std::uint64_t offset, std::string_view what) const {
    std::fstream out(path_, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(offset));
    out << what;
  }
  static HistoryRecord reign(std::string root, std::uint64_t start, std::uint32_t cycle) {
    HistoryRecord record;
    record.root_name = std::move(root);
    record.start = Seqno{start};
    record.cycle = cycle;
    return record;
  }

  std::string folder_;
  std::string path_;
};

}  // namespace hw
