// A change of a region as a whole, for which there is no room: the region is what it was. What is in the way of the new
// journal file stands for a full disk, which the scenario reorg_no_room.sh has.
#include "engine/admin/whole_change.h"

#include <gtest/gtest.h>

#include "engine/admin/compaction.h"
#include "engine/admin/region_settings.h"
#include "engine/base/file.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

class WholeChangeTest : public testing::Test {
 protected:
  WholeChangeTest() {
    EXPECT_EQ(in_child({},
                       [&] {
                         scratch_.enable_journaling();
                         const auto database = scratch_.open();
                         {
                           Session session(*database);
                           for (int i = 1; i <= kNodes; ++i) must(session.set(node(i), "value"));
                         }
                         must(database->close());
                       }),
              0);
    must(replace_file(in_the_way_, "not a journal"));
  }

  static std::string node(int i) { return key("a", {std::to_string(i)}); }

  /// Refused, and then everything is there as before; without the obstacle it is done.
  template <typename Work>
  void expect_refused_then_done(const Work& work) const {
    EXPECT_EQ(in_child({},
                       [&] {
                         const auto access = must(RegionAccess::take(path_, nullptr));
                         const auto refused = work(*access);
                         ASSERT_FALSE(refused.has_value());
                         EXPECT_EQ(refused.error().id, MsgId::JNLNOCREATE);
                         EXPECT_TRUE(access->state().clean);
                       }),
              0);
    expect_contents();
    EXPECT_EQ(must(read_file(in_the_way_, 100)), "not a journal");
    must(remove_file(in_the_way_));
    EXPECT_EQ(in_child({},
                       [&] {
                         const auto access = must(RegionAccess::take(path_, nullptr));
                         const auto done = work(*access);
                         ASSERT_TRUE(done.has_value()) << done.error().render();
                         EXPECT_TRUE(access->state().clean);
                       }),
              0);
    EXPECT_FALSE(file_exists(in_the_way_)) << "a file that nobody names is left";
    expect_contents();
  }

  void expect_contents() const {
    EXPECT_EQ(in_child({}, [&] { look(); }), 0);
  }
  void look() const {
    const auto database = scratch_.open();
    {
      Session session(*database);
      for (int i = 1; i <= kNodes; ++i) EXPECT_EQ(must(session.get(node(i))), "value") << i;
      must(session.set(node(kNodes), "value"));
    }
    must(database->close());
  }

  static constexpr int kNodes = 2000;
  ScratchDatabase scratch_;
  const std::string path_ = scratch_.database_path("DEFAULT");
  std::string in_the_way_ = path_.substr(0, path_.rfind('.')) + ".mjl_new";
};

TEST_F(WholeChangeTest, CompactionWithoutRoomForTheJournalChangesNothing) {
  expect_refused_then_done([](RegionAccess& access) { return compact_region(access); });
}

TEST_F(WholeChangeTest, RebuildingWithoutRoomForTheJournalChangesNothing) {
  expect_refused_then_done([](RegionAccess& access) { return rebuild_region(access); });
}

TEST_F(WholeChangeTest, SettingsWithoutRoomForTheJournalChangeNothing) {
  expect_refused_then_done([](RegionAccess& access) {
    SettingsRequest request;
    request.journal.emplace().enable = true;
    request.journal->on = true;
    return change_settings(access, request);
  });
}

/// The former journal is closed and has made room when the new one cannot be given its name.
TEST_F(WholeChangeTest, WhatWasDecidedIsTakenBack) {
  must(remove_file(in_the_way_));
  EXPECT_EQ(in_child({},
                     [&] {
                       const auto access = must(RegionAccess::take(path_, nullptr));
                       RegionAccess* one[] = {access.get()};
                       must(make_clean(one, RegionSet::Part));
                       const RegionHeader old = access->region().header;
                       WholeChange change;
                       change.next = old;
                       ++change.next.generation;
                       change.next.offset = kJournalHeaderBytes;
                       change.next.last_record_bytes = 0;
                       change.new_journal = true;
                       change.closes = old.journal_path;
                       change.previous = old.journal_path;
                       // A folder has the new one's name.
                       change.next.journal_path = scratch_.folder() + "/taken";
                       ASSERT_TRUE(std::filesystem::create_directory(change.next.journal_path));
                       EXPECT_FALSE(make_whole_change(*access, change).has_value());
                       EXPECT_TRUE(access->state().clean);
                       EXPECT_EQ(access->region().header.journal_path, old.journal_path);
                       EXPECT_FALSE(file_exists(scratch_.folder() + "/taken_new"));
                     }),
            0);
  expect_contents();
}

}  // namespace
}  // namespace hw::test
