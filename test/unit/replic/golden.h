/// Stored bytes of released formats. HW_WRITE_GOLDEN=1 writes a file that is not there yet; an existing
/// one is never overwritten: a format that changes takes a new number and a new file.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace hw::test {

inline void expect_golden(const std::string& name, const std::string& bytes) {
  const std::string path = std::string(HW_SOURCE_DIR) + "/test/golden/" + name;
  if (!std::filesystem::exists(path) && std::getenv("HW_WRITE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary) << bytes;
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in.is_open()) << path;
  const std::string stored{std::istreambuf_iterator<char>(in), {}};
  ASSERT_EQ(stored.size(), bytes.size()) << name;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    ASSERT_EQ(unsigned(static_cast<unsigned char>(bytes[i])), unsigned(static_cast<unsigned char>(stored[i])))
        << name << " at offset " << i;
}

}  // namespace hw::test
