// A file that gets its name when it is complete: nothing is there before, and nobody's file is overwritten.
#include "engine/base/new_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "engine/base/shared_memory.h"
#include "test/support/child_process.h"

namespace hw {
namespace {

using test::must;

class NewFileTest : public testing::Test {
 protected:
  NewFileTest() : folder_(testing::TempDir() + "new-file-" + std::to_string(::getpid())) {
    std::filesystem::create_directory(folder_);
  }
  ~NewFileTest() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/out"; }
  bool is_empty() const { return std::filesystem::is_empty(folder_); }
  NewFile make() const { return must(NewFile::create(path(), SharedMemory::own_rights(), Likeness::Narrow)); }

  std::string folder_;
};

TEST_F(NewFileTest, IsThereWithItsNameOnly) {
  {
    NewFile file = make();
    must(file.file().write_all(0, as_bytes("whole")));
    EXPECT_FALSE(file_exists(path()));
    must(file.give_name());
  }
  EXPECT_EQ(must(read_file(path(), 100)), "whole");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(NewFileTest, LeavesNothingWhenItIsGivenUpOrItsProcessIsKilled) {
  { must(make().file().write_all(0, as_bytes("half"))); }
  EXPECT_TRUE(is_empty());
  const int status = test::in_child({}, [&] {
    const NewFile file = make();
    must(file.file().write_all(0, as_bytes("half")));
    ::kill(::getpid(), SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(is_empty());
}

TEST_F(NewFileTest, LeavesAFileOfThatNameAsItIs) {
  NewFile early = make();
  must(replace_file(path(), "somebody else's"));
  const Status late = early.give_name();
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().os_errno, EEXIST);
  const auto again = NewFile::create(path(), SharedMemory::own_rights(), Likeness::Narrow);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().os_errno, EEXIST);
  std::filesystem::remove(path());
  std::filesystem::create_symlink(folder_ + "/nowhere", path());
  EXPECT_FALSE(NewFile::create(path(), SharedMemory::own_rights(), Likeness::Narrow).has_value());
  EXPECT_FALSE(file_exists(folder_ + "/nowhere"));
}

}  // namespace
}  // namespace hw
