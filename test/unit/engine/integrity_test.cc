// The page walker against LMDB's own files, every byte of a live page damaged in turn; image, journal and digest.
#include "engine/integ/integrity.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "engine/integ/content_check.h"
#include "engine/integ/region_snapshot.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Nodes of all sizes, some under long keys, many of them removed again, so that the file has branches, large values
/// and free pages.
void fill(Database& database, unsigned seed, int rounds) {
  std::mt19937 random(seed);
  Session session(database);
  for (int i = 0; i < rounds; ++i) {
    const std::string subscript = std::to_string(random() % 400);
    const std::string long_text(random() % 6 == 0 ? 480 + random() % 500 : 0, 'l');
    const std::string key = test::key(random() % 3 == 0 ? "big" : "a", {subscript, long_text + "s" + subscript});
    if (random() % 4 == 0) {
      ASSERT_TRUE(session.kill(test::key("a", {subscript})).has_value());
      continue;
    }
    const std::size_t bytes = random() % 20 == 0 ? 3000 + random() % 9000 : random() % 90;
    ASSERT_TRUE(session.set(key, std::string(bytes, static_cast<char>('a' + i % 26))).has_value());
  }
}

void fill(const test::ScratchDatabase& scratch, unsigned seed, int rounds) {
  const auto database = scratch.open();
  fill(*database, seed, rounds);
}

struct Found {
  std::uint64_t faults = 0;
  NodeDigest digest;
  StructureReport report;
};

Found check(const std::string& bytes, const std::optional<MetaPage>& meta = std::nullopt) {
  Found found;
  StructureOptions options;
  options.faults_max = 1;
  options.node = [&](std::string_view key, std::string_view value) { found.digest.add(key, value); };
  const auto in_force = meta ? meta : newest_meta(as_bytes(bytes));
  if (!in_force) {
    found.faults = 1;
    return found;
  }
  found.report = check_structure(as_bytes(bytes), *in_force, options);
  found.faults = found.report.faults;
  return found;
}

/// Bytes whose change does no harm. Nothing reads the spare bytes of the page header, free room, the filler behind a
/// record of odd length, the tail of a large value's pages, what a record of the free list holds behind its count. And
/// a separator in a branch may become another one that separates the same pages.
bool is_unread(Bytes page, std::size_t offset, bool inside_large_value) {
  if (inside_large_value) return true;
  const PageHeader header = page_header(page);
  if (offset >= 8 && offset < 10) return true;
  if (header.is(PageType::Overflow)) return false;
  if (offset >= header.lower && offset < header.upper) return true;
  for (std::size_t i = 0; i < header.record_count(); ++i) {
    const auto record = page_record(page, header, i);
    if (!record || offset < record->offset || offset >= record->offset + record->bytes) continue;
    const std::size_t data = record->overflow != kNoPage ? 8 : record->value.size();
    if (header.is(PageType::Branch) && offset >= record->offset + 8) return true;
    const std::size_t end = record->offset + 8 + record->key.size() + (header.is(PageType::Leaf) ? data : 0);
    return offset >= end;
  }
  return false;
}

TEST(StructureCheck, SoundFilesHaveNoFaultAndLmdbsOwnCounts) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const test::ScratchDatabase scratch;
    fill(scratch, seed, 400 * static_cast<int>(seed));
    const std::string bytes = read_all(scratch.database_path("DEFAULT"));
    const Found found = check(bytes);
    EXPECT_EQ(found.faults, 0u) << "seed " << seed;
    const auto meta = newest_meta(as_bytes(bytes));
    ASSERT_TRUE(meta.has_value());
    EXPECT_EQ(found.report.index.pages, meta->data.branch_pages);
    EXPECT_EQ(found.report.data.pages, meta->data.leaf_pages + meta->data.overflow_pages);
    EXPECT_EQ(found.report.data.records, meta->data.records);
    EXPECT_EQ(
        2 + found.report.free_list.pages + found.report.index.pages + found.report.data.pages + found.report.free_pages,
        found.report.total_pages);
  }
}

// Whatever single byte of a live page changes is found, by the walk or by the digest, or nothing reads it.
TEST(StructureCheck, EveryDamagedByteOfALivePageIsFoundOrUnread) {
  const test::ScratchDatabase scratch;
  fill(scratch, 7, 500);
  std::string bytes = read_all(scratch.database_path("DEFAULT"));
  const auto meta = newest_meta(as_bytes(bytes));
  ASSERT_TRUE(meta.has_value());
  const Found whole = check(bytes, meta);
  ASSERT_EQ(whole.faults, 0u);

  std::map<std::string, int> found;
  int missed = 0;
  std::uint64_t value_ends = 0;  // Last page of the large value that was met last.
  std::mt19937 random(11);
  for (std::uint64_t number = 2; number <= meta->last_page && missed < 10; ++number) {
    const std::size_t at = number * kPageBytes;
    const bool inside = number <= value_ends;
    if (!inside) {
      bytes[at] ^= 0x40;  // The page's own number: read if and only if the page is.
      const bool live = check(bytes, meta).faults != 0;
      bytes[at] ^= 0x40;
      if (!live) continue;
      const PageHeader header = page_header(*page_at(as_bytes(bytes), number));
      if (header.is(PageType::Overflow)) value_ends = number + header.overflow_pages - 1;
    }
    const std::size_t step = 1 + random() % 29;
    for (std::size_t offset = random() % step; offset < kPageBytes; offset += offset < 64 ? 1 : step) {
      const char before = bytes[at + offset];
      bytes[at + offset] = static_cast<char>(before ^ static_cast<char>(1 + random() % 255));
      const Found now = check(bytes, meta);
      bytes[at + offset] = before;
      if (now.faults != 0) {
        ++found["walk"];
      } else if (!(now.digest == whole.digest)) {
        ++found["digest"];
      } else if (is_unread(*page_at(as_bytes(bytes), number), offset, inside)) {
        ++found["unread"];
      } else {
        // Behind the count of a record of the free list stands what an earlier, longer list has left.
        const PageHeader header = page_header(*page_at(as_bytes(bytes), number));
        bool free_list = false;
        for (std::size_t i = 0; header.is(PageType::Leaf) && i < header.record_count(); ++i) {
          const auto record = page_record(*page_at(as_bytes(bytes), number), header, i);
          free_list = free_list || (record && record->key.size() == 8 && record->key.find('\0') != std::string::npos &&
                                    !decode_key(record->key).has_value());
        }
        // The rest of a large value's first page, behind the value.
        if (!free_list && !header.is(PageType::Overflow)) {
          ++missed;
          ADD_FAILURE() << "page " << number << " offset " << offset << " flags " << header.flags;
        }
      }
    }
  }
  EXPECT_GT(found["walk"], 100);
  EXPECT_GT(found["digest"], 100);
}

// LMDB never writes a page of an image that was taken and given back in one commit: the file may end before pages that
// are listed as free. Here the last page is cut off: once it is free that is no fault, before that it is one.
TEST(StructureCheck, FreePagesBehindTheEndOfAnImageAreNoFault) {
  const test::ScratchDatabase scratch;
  const std::string path = scratch.directory_path() + "-image";
  ASSERT_TRUE(Environment::create_image(path, rights_of(scratch.directory_path()).value()).has_value());
  const auto commit = [&](const std::function<Status(WriteTransaction&)>& change) {
    auto image = Environment::open(path, Environment::Mode::Image);
    ASSERT_TRUE(image.has_value());
    WriteTransaction transaction;
    bool needs_adoption = false;
    ASSERT_TRUE(transaction.begin(*image, needs_adoption).has_value());
    ASSERT_TRUE(change(transaction).has_value());
    ASSERT_TRUE(transaction.commit().has_value());
  };
  commit([](WriteTransaction& to) { return to.put(test::key("b"), std::string(100'000, 'b')); });
  commit([](WriteTransaction& to) { return to.remove(test::key("b"), [](std::string_view) {}); });
  bool free_page_cut = false;
  bool used_page_cut = false;
  for (int i = 0; i < 40; ++i) {
    commit([&](WriteTransaction& to) { return to.put(test::key("a"), std::to_string(i)); });
    std::string bytes = read_all(path);
    ASSERT_EQ(check(bytes).faults, 0u);
    bytes.resize(bytes.size() - kPageBytes);
    (check(bytes).faults == 0 ? free_page_cut : used_page_cut) = true;
  }
  EXPECT_TRUE(free_page_cut);
  EXPECT_TRUE(used_page_cut);
}

TEST(StructureCheck, CutAndScrambledFilesAreSurvived) {
  const test::ScratchDatabase scratch;
  fill(scratch, 3, 600);
  const std::string whole = read_all(scratch.database_path("DEFAULT"));
  const auto meta = newest_meta(as_bytes(whole));
  ASSERT_TRUE(meta.has_value());
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole.substr(0, (2 + random() % (whole.size() / kPageBytes)) * kPageBytes);
    for (int i = 0; i < 40; ++i) bytes[2 * kPageBytes + random() % (bytes.size() - 2 * kPageBytes + 1) - 1] ^= 0x11;
    EXPECT_NO_FATAL_FAILURE(check(bytes, meta));
  }
}

class Integrity : public testing::Test {
 protected:
  /// All lines that a check of the closed region tells.
  std::string errors_of(const std::string& region) const {
    const auto access = RegionAccess::take(scratch_.database_path(region), nullptr);
    EXPECT_TRUE(access.has_value());
    std::string lines;
    const Status status = look_at_region(**access, [&](const RegionLook& seen) -> Status {
      IntegrityOptions options;
      options.tell = [&](const Error& error) { lines += error.render(); };
      HW_TRY(const IntegrityReport report, check_region(seen, nullptr, options));
      if (report.uncompared) lines += "uncompared: " + report.uncompared->render();
      if (!report.uncompared) {
        EXPECT_EQ(report.faults == 0, lines.empty());
      }
      return {};
    });
    if (!status.has_value()) lines += status.error().render();
    return lines;
  }

  void replace(const std::string& path, const std::string& from, const std::string& to) const {
    std::string bytes = read_all(path);
    const std::size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos);
    for (std::size_t found = at; found != std::string::npos; found = bytes.find(from, found + 1))
      bytes.replace(found, to.size(), to);
    std::ofstream(path, std::ios::binary) << bytes;
  }

  test::ScratchDatabase scratch_;
};

TEST_F(Integrity, AChangedValueIsFoundByImageAndJournal) {
  scratch_.enable_journaling();
  fill(scratch_, 9, 300);
  {
    const auto database = scratch_.open();
    Session session(*database);
    ASSERT_TRUE(session.set(test::key("money"), "1000 pounds").has_value());
  }
  EXPECT_EQ(errors_of("DEFAULT"), "");
  replace(scratch_.database_path("DEFAULT"), "1000 pounds", "9000 pounds");
  const std::string told = errors_of("DEFAULT");
  EXPECT_NE(told.find("HWINTEGHEADER"), std::string::npos) << told;
  EXPECT_NE(told.find("node ^money: image and journal have another value"), std::string::npos) << told;
}

TEST_F(Integrity, AJournalThatDoesNotBelongIsNamed) {
  scratch_.enable_journaling();
  fill(scratch_, 9, 30);
  std::filesystem::rename(scratch_.journal_path("DEFAULT"), scratch_.journal_path("DEFAULT") + "_away");
  EXPECT_NE(errors_of("DEFAULT").find("default.mjl"), std::string::npos);
}

// Two seqnos of one region: the digest of the later one, taken back, is that of the earlier one.
TEST_F(Integrity, DigestsAreTakenBackToAnEarlierSeqno) {
  scratch_.enable_journaling(false, 1 << 20);
  std::map<std::uint64_t, NodeDigest> at;
  const auto database = scratch_.open();
  const std::size_t region[] = {0};
  for (unsigned round = 0; round < 6; ++round) {
    fill(*database, 20 + round, 150);
    const auto snapshots = RegionSnapshot::take(*database, region);
    ASSERT_TRUE(snapshots.has_value());
    const RegionLook& seen = snapshots->front()->look();
    NodeDigest digest;
    StructureOptions options;
    options.node = [&](std::string_view key, std::string_view value) {
      if (key != kHeaderKey) digest.add(key, value);
    };
    ASSERT_EQ(check_structure(seen.file, seen.meta, options).faults, 0u);
    at[seen.reg_seqno.value - 1] = digest;
    for (const auto& [seqno, expected] : at) {
      NodeDigest back = digest;
      const Status status = take_digest_back(seen, Seqno{seqno}, back);
      ASSERT_TRUE(status.has_value()) << status.error().render();
      EXPECT_EQ(back, expected) << "seqno " << seqno;
    }
  }
  EXPECT_EQ(at.size(), 6u);
}

}  // namespace
}  // namespace hw
