#include "engine/base/boot.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "test/support/child_process.h"

namespace hw {
namespace {

TEST(Boot, AStagedIdIsComparedWithWhatIsWritten) {
  EXPECT_EQ(test::in_child({{"HW_BOOT_ID", "one"}},
                           [] {
                             EXPECT_EQ(boot_id(), "one");
                             EXPECT_TRUE(is_this_boot("one"));
                             EXPECT_FALSE(is_this_boot("two"));
                             EXPECT_TRUE(may_be_this_boot("one"));
                             EXPECT_FALSE(may_be_this_boot("two"));
                           }),
            0);
}

TEST(Boot, OneThatIsNotKnownIsEqualToNone) {
  EXPECT_EQ(test::in_child({{"HW_BOOT_ID", ""}},
                           [] {
                             const std::string known = boot_id();
                             rlimit none{};
                             ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &none), 0);
                             none.rlim_cur = 0;
                             ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
                             const std::string unknown = boot_id();
                             EXPECT_NE(unknown, known);
                             EXPECT_FALSE(is_this_boot(unknown));
                             EXPECT_FALSE(is_this_boot(known));
                             EXPECT_TRUE(may_be_this_boot(unknown));
                             EXPECT_TRUE(may_be_this_boot(known));
                           }),
            0);
}

}  // namespace
}  // namespace hw
