// A process that may open no more files says how many it may have.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <vector>

#include "engine/base/file.h"
#include "test/support/child_process.h"

namespace hw {
namespace {

TEST(Descriptors, TooFewAreSaid) {
  const int status = test::in_child({}, [] {
    const rlimit limit{64, 64};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    std::vector<File> open;
    for (;;) {
      auto file = File::open("/proc/self/exe", O_RDONLY);
      if (file.has_value()) {
        open.push_back(std::move(*file));
        ASSERT_LE(open.size(), 64U);
        continue;
      }
      EXPECT_EQ(file.error().os_errno, EMFILE);
      EXPECT_NE(file.error().render().find("This process may have 64 files open"), std::string::npos)
          << file.error().render();
      return;
    }
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const auto missing = File::open("/nonexistent", O_RDONLY);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().render().find("files open"), std::string::npos);
}

}  // namespace
}  // namespace hw
