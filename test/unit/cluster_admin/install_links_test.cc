#include "cluster/admin/install_links.h"

#include <filesystem>
#include <fstream>

#include "test/unit/cluster_link/agent_link.h"

namespace hw::cluster::hwadm {
namespace {

using cluster::test::Folder;

TEST(InstallLinks, MakesEachNameOnce) {
  const Folder folder;
  const auto made = install_links(folder / "hwadm");
  ASSERT_TRUE(made.has_value()) << made.error().text;
  EXPECT_EQ(made->size(), program_names().size());
  EXPECT_EQ(std::filesystem::read_symlink(folder / "tmboot"), "hwadm");
  EXPECT_EQ(std::filesystem::read_symlink(folder / "racd"), "hwd");
  const auto again = install_links(folder / "hwadm");
  ASSERT_TRUE(again.has_value()) << again.error().text;
  EXPECT_NE(again->front().find("already there"), std::string::npos);
}

TEST(InstallLinks, ReplacesNothing) {
  const Folder folder;
  (void)folder.write("cmrctl", "something else");
  const auto made = install_links(folder / "hwadm");
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().id, MsgId::HWREFUSED);
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(folder / "racd"))) << "checked first";
}

}  // namespace
}  // namespace hw::cluster::hwadm
