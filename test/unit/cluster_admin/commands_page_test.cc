// docs/operations/commands.md is what the command table says.
#include <cstdlib>

#include "cluster/admin/help.h"
#include "engine/base/file.h"
#include "test/unit/cluster_admin/admin_stage.h"

namespace hw::cluster::hwadm {
namespace {

const std::string kPage = HW_SOURCE_DIR "/docs/operations/commands.md";

TEST(CommandsPage, IsMadeOfTheTable) {
  if (std::getenv("HW_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(replace_file(kPage, commands_page()).has_value());
  }
  EXPECT_EQ(read_file(kPage, 1 << 20).value_or(""), commands_page()) << "HW_UPDATE_DOCS=1 writes it";
}

}  // namespace
}  // namespace hw::cluster::hwadm
