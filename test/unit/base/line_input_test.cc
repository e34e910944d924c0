// The end of an input is told from a failure to read it.
#include "engine/base/line_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <string>
#include <thread>

#include "engine/base/file.h"
#include "test/support/child_process.h"

namespace hw {
namespace {

using test::must;

constexpr std::size_t kEnough = 100;

TEST(ReadLine, LinesAndTheirEnd) {
  std::istringstream in("one\n\nlast");
  std::string line;
  for (const char* expected : {"one", "", "last"}) {
    EXPECT_TRUE(must(read_line(in, line, "lines", kEnough)));
    EXPECT_EQ(line, expected);
  }
  EXPECT_FALSE(must(read_line(in, line, "lines", kEnough)));
}

TEST(ReadLine, ALineThatIsTooLongIsAnError) {
  std::istringstream in("12345\n");
  std::string line;
  EXPECT_EQ(read_line(in, line, "lines", 4).error().os_errno, EMSGSIZE);
  EXPECT_EQ(line, "1234");
  EXPECT_TRUE(must(read_line(in, line, "lines", 4)));
  EXPECT_EQ(line, "5");
}

TEST(DescriptorInput, AFolderIsNoEmptyInput) {
  const File folder = must(File::open("/", O_RDONLY | O_DIRECTORY));
  DescriptorInput input(folder.fd());
  std::istream in(&input);
  std::string line;
  const auto more = read_line(in, line, "lines", kEnough);
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().os_errno, EISDIR);
}

TEST(DescriptorInput, WaitsForInputThatOthersHaveSetNotToWait) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  ASSERT_EQ(::write(ends[1], "one\n", 4), 4);
  DescriptorInput input(ends[0]);
  std::istream in(&input);
  std::string line;
  EXPECT_TRUE(must(read_line(in, line, "lines", kEnough)));
  std::string second;
  bool more = false;
  std::thread reader([&] { more = must(read_line(in, second, "lines", kEnough)); });
  ASSERT_EQ(::write(ends[1], "two\n", 4), 4);
  ::close(ends[1]);
  reader.join();
  EXPECT_TRUE(more);
  EXPECT_EQ(second, "two");
  EXPECT_FALSE(must(read_line(in, line, "lines", kEnough)));
  ::close(ends[0]);
}

}  // namespace
}  // namespace hw
