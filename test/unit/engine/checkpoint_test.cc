#include "engine/checkpoint.h"

#include <gtest/gtest.h>

#include "engine/recovery.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

TEST(Checkpoint, ImageBuiltFromALiveFileHoldsEveryNode) {
  test::ScratchDatabase scratch;
  {
    const auto database = scratch.open();
    Session session(*database);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(session.set(test::key("a", {std::to_string(i)}), "x").has_value());
  }
  const auto directory = GlobalDirectory::load(scratch.directory_path());
  ASSERT_TRUE(directory.has_value());
  OpenRegion region(directory->regions()[0], scratch.database_path("DEFAULT"), 0);
  region.control = ControlFile::open(region.path).value();
  ASSERT_TRUE(region.open_environment(Environment::Mode::LiveWriter).has_value());
  const Status built = build_image(region, region.header, region.header.place);
  ASSERT_TRUE(built.has_value()) << built.error().render();

  auto image = Environment::open(image_path(region.path), Environment::Mode::Image);
  ASSERT_TRUE(image.has_value());
  ReadTransaction reader;
  bool needs_adoption = false;
  ASSERT_TRUE(reader.renew(*image, needs_adoption).has_value());
  EXPECT_TRUE(read_region_header(reader, region.path).has_value());
  int nodes = 0;
  for (auto node = reader.seek(test::key("a").substr(0, 1)); node.has_value() && *node; node = reader.next()) ++nodes;
  EXPECT_EQ(nodes, 1000);
}

}  // namespace
}  // namespace hw
