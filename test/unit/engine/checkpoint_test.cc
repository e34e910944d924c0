#include "engine/recovery/checkpoint.h"

#include <gtest/gtest.h>

#include "engine/commit/domain.h"
#include "engine/integ/region_look.h"
#include "engine/recovery/recovery.h"
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
  const Status built = build_image(region, region.header);
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

/// The note of a process that has ended stands behind all commits, and no commit's sync has reached it.
class ImageAndNotes : public ::testing::Test {
 protected:
  ImageAndNotes() {
    scratch_.enable_journaling();
    database_ = scratch_.open();
    EXPECT_TRUE(Session(*database_).set(test::key("a", {"1"}), "x").has_value());
    {
      const auto other = scratch_.open();
      Session session(*other);
      EXPECT_TRUE(session.set(test::key("a", {"2"}), "x").has_value());
      EXPECT_TRUE(session.sync().has_value());
    }
    domain_ = database_->domain().value();
    region_ = domain_->regions()[0];
    EXPECT_LT(facts().synced_offset.load(), facts().write_offset.load()) << "no note is behind";
    EXPECT_EQ(domain_->header().durable_commits.load(), domain_->header().commit_done.load());
  }
  PoolRegion& facts() { return domain_->facts(*region_); }

  test::ScratchDatabase scratch_;
  std::unique_ptr<Database> database_;
  Domain* domain_ = nullptr;
  OpenRegion* region_ = nullptr;
};

TEST_F(ImageAndNotes, ItIsNotAheadOfTheJournalOnDisk) {
  const CheckpointLock lock = CheckpointLock::take(domain_->header()).value();
  const JournalPlace end{facts().generation, facts().write_offset.load(), facts().last_record_bytes};
  const Status advanced = advance_image(
      *domain_, *region_, [] { return false; }, end);
  ASSERT_TRUE(advanced.has_value()) << advanced.error().render();
  EXPECT_EQ(facts().image_offset.load(), end.offset);
  EXPECT_GE(facts().synced_offset.load(), end.offset);
}

TEST_F(ImageAndNotes, NorIsOneThatIsMadeAnew) {
  ASSERT_TRUE(remove_file(image_path(region_->path)).has_value());
  OperatorReports reports([](const Error& error) { ADD_FAILURE() << error.render(); });
  take_due_checkpoints(
      *domain_, [] { return false; }, reports);
  ASSERT_TRUE(file_exists(image_path(region_->path)));
  EXPECT_GE(facts().synced_offset.load(), facts().image_offset.load());
}

}  // namespace
}  // namespace hw
