#include "engine/recovery/checkpoint.h"

#include <gtest/gtest.h>

#include <filesystem>

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

  /// What the background thread does once a second. Returns what the operator is told.
  std::string look() {
    std::string told;
    OperatorReports reports([&](const Error& error) { told += error.render(); });
    take_due_checkpoints(
        *domain_, [] { return false; }, reports, seen_);
    return told;
  }
  void expect_own() {
    const RegionHeader image = read_image_header(region_->path).value();
    EXPECT_EQ(image.database_id, region_->header.database_id);
    EXPECT_EQ(image.offset, facts().image_offset.load());
    EXPECT_FALSE(seen_.is_new(*domain_, *region_));
  }

  test::ScratchDatabase scratch_;
  ImagesSeen seen_;
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
  EXPECT_EQ(look(), "");
  ASSERT_TRUE(file_exists(image_path(region_->path)));
  EXPECT_GE(facts().synced_offset.load(), facts().image_offset.load());
}

// ---- an image that another program has put there ----

TEST_F(ImageAndNotes, OneThatIsGarbageIsMadeAgain) {
  EXPECT_EQ(look(), "");
  ASSERT_TRUE(replace_file(image_path(region_->path), std::string(100'000, 'x')).has_value());
  EXPECT_NE(look().find("It is made again from the database"), std::string::npos);
  expect_own();
  EXPECT_EQ(look(), "");
}

TEST_F(ImageAndNotes, OneThatIsCutIsMadeAgain) {
  EXPECT_EQ(look(), "");
  ASSERT_TRUE(replace_file(image_path(region_->path), "").has_value());
  EXPECT_NE(look(), "");
  expect_own();
}

TEST_F(ImageAndNotes, AnotherDatabasesIsKeptBesideOneThatIsMadeAgain) {
  EXPECT_EQ(look(), "");
  const test::ScratchDatabase other;
  other.enable_journaling();
  ASSERT_TRUE(Session(*other.open()).set(test::key("a", {"1"}), "other").has_value());
  const std::string image = image_path(region_->path);
  const RegionHeader theirs = read_image_header(other.database_path("DEFAULT")).value();
  std::filesystem::rename(image_path(other.database_path("DEFAULT")), image);
  EXPECT_NE(look().find("it is the image of another database"), std::string::npos);
  expect_own();
  std::size_t kept = 0;
  for (const auto& file : std::filesystem::directory_iterator(scratch_.folder())) {
    const std::string path = file.path().string();
    if (!path.starts_with(image + "_")) continue;
    ++kept;
    std::filesystem::rename(path, folder_of(path) + "/kept-ckpt");
    EXPECT_EQ(read_image_header(folder_of(path) + "/kept").value().database_id, theirs.database_id);
  }
  EXPECT_EQ(kept, 1u);
}

TEST_F(ImageAndNotes, AnEqualOneStays) {
  EXPECT_EQ(look(), "");
  const std::string image = image_path(region_->path);
  std::filesystem::copy_file(image, image + ".x");
  std::filesystem::rename(image + ".x", image);
  const FileIdentity copy = identity_of(image).value();
  EXPECT_EQ(look(), "");
  EXPECT_EQ(identity_of(image).value(), copy);
}

TEST_F(ImageAndNotes, ALookIntoOneIsTakenOnce) {
  EXPECT_TRUE(seen_.is_new(*domain_, *region_));
  EXPECT_EQ(look(), "");
  EXPECT_FALSE(seen_.is_new(*domain_, *region_));
}

}  // namespace
}  // namespace hw
