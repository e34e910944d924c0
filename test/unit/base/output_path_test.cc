// Where an output that an operator names goes: through links to the file, and never over a standard stream.
#include "engine/base/output_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "test/support/child_process.h"

namespace hw {
namespace {

using test::must;

class OutputPathTest : public testing::Test {
 protected:
  OutputPathTest() {
    std::string pattern = testing::TempDir() + "output-XXXXXX";
    folder_ = std::filesystem::canonical(::mkdtemp(pattern.data())).string();
  }
  ~OutputPathTest() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void link(const std::string& to, const std::string& name) const { std::filesystem::create_symlink(to, path(name)); }

  std::string folder_;
};

TEST_F(OutputPathTest, FollowsLinksToWhatIsThereOrWillBe) {
  EXPECT_EQ(output_path("out.mjf").path, "out.mjf");
  EXPECT_EQ(output_path("no/such/folder/out").path, "no/such/folder/out");
  link("file", "relative");
  link(path("relative"), "twice");
  for (const bool there : {false, true}) {
    if (there) must(replace_file(path("file"), "x"));
    for (const char* name : {"relative", "twice"}) {
      const OutputPath to = output_path(path(name));
      EXPECT_EQ(to.path, path("file"));
      EXPECT_FALSE(to.stream);
      EXPECT_TRUE(to.check_is_file().has_value());
      EXPECT_EQ(resolved_link(path(name)), path("file"));
    }
  }
}

TEST_F(OutputPathTest, ALinkInACircleIsNoFile) {
  link("b", "a");
  link("a", "b");
  const Status refused = output_path(path("a")).check_is_file();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().os_errno, ELOOP);
}

TEST_F(OutputPathTest, AStandardStreamIsWrittenToWhateverItIs) {
  link("/proc/self/fd/1", "stdout");
  for (const std::string& name : {path("stdout"), std::string("/dev/stdout"), std::string("/proc/self/fd/1")}) {
    const OutputPath to = output_path(name);
    EXPECT_TRUE(to.stream) << name;
    EXPECT_EQ(to.descriptor, STDOUT_FILENO) << name;
    EXPECT_EQ(to.path, name);
    EXPECT_EQ(to.check_is_file().error().os_errno, EEXIST);
  }
  const int status = test::in_child({}, [&] {
    const int fd = ::open(path("said").c_str(), O_WRONLY | O_CREAT, 0600);
    if (::dup2(fd, STDOUT_FILENO) < 0) ::_exit(9);
    must(write_stream(must(output_path(path("stdout")).open_stream()), "one"));
    must(write_stream(must(output_path("/dev/stdout").open_stream()), " two"));
    ::_exit(0);
  });
  ASSERT_EQ(status, 0);
  EXPECT_EQ(must(read_file(path("said"), 100)), "one two");
  EXPECT_TRUE(std::filesystem::is_symlink(path("stdout")));
}

TEST_F(OutputPathTest, WhatThisProcessHasOpenedIsNoStreamOfTheOperators) {
  must(replace_file(path("database"), "whole"));
  const File own = must(File::open(path("database"), O_RDWR));
  const OutputPath to = output_path("/dev/fd/" + std::to_string(own.fd()));
  EXPECT_TRUE(to.stream);
  EXPECT_EQ(to.open_stream().error().os_errno, EBADF);
}

TEST_F(OutputPathTest, PipesAndDevicesAreStreams) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  link(path("pipe"), "to_pipe");
  link("/dev/null", "to_null");
  for (const std::string& name : {path("pipe"), path("to_pipe"), path("to_null"), std::string("/dev/null")}) {
    const OutputPath to = output_path(name);
    EXPECT_TRUE(to.stream) << name;
    EXPECT_EQ(to.path, name);
    EXPECT_LT(to.descriptor, 0);
  }
  EXPECT_EQ(output_path(path("pipe")).open_stream().error().os_errno, ENXIO);  // Nobody reads.
  EXPECT_TRUE(write_stream(must(output_path(path("to_null")).open_stream()), "x").has_value());
  EXPECT_FALSE(output_path("/dev/shm/hw-no-such-file").stream);
}

}  // namespace
}  // namespace hw
