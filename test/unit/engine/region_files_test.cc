// The two small layouts that stand beside a region's nodes: the header inside the database, and the control file.
#include <gtest/gtest.h>

#include <fcntl.h>

#include <filesystem>

#include "engine/base/boot.h"
#include "engine/base/checksum.h"
#include "engine/recovery/region_access.h"
#include "engine/region/control_file.h"
#include "engine/region/copy_mark.h"
#include "engine/storage/region_header.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

RegionHeader sample_header() {
  RegionHeader header;
  for (std::size_t i = 0; i < header.database_id.size(); ++i) header.database_id[i] = static_cast<std::uint8_t>(i + 1);
  header.created_us = 1'795'312'144'000'000;
  header.reg_seqno = Seqno{258};
  header.journal_state = JournalState::On;
  header.replicated = true;
  header.null_subscripts = 2;
  header.key_bytes_max = 255;
  header.value_bytes_max = 4096;
  header.extension_blocks = 100;
  header.journal_allocation = 1 << 20;
  header.journal_extension = 1 << 20;
  header.journal_autoswitch = 1ull << 32;
  header.generation = 3;
  header.offset = 8192;
  header.last_record_bytes = 144;
  header.rollback_seqno = Seqno{99};
  header.undone = {2, Seqno{88}};
  header.name = "DEFAULT";
  header.journal_path = "/d/gtm.mjl";
  return header;
}

// Format 3 as bytes in the file. If this fails, the format changed: add format 4, do not edit this.
TEST(RegionHeader, Format3GoldenBytes) {
  const std::string bytes = encode_region_header(sample_header());
  ASSERT_EQ(bytes.size(), 177u);
  EXPECT_EQ(bytes.substr(8, 8), "HWREGN03");
  EXPECT_EQ(bytes.substr(40, 24), std::string("\x02\x01\0\0\0\0\0\0", 8) + std::string("\x02\x01\0\x02", 4) +
                                      std::string("\xFF\0\0\0\0\x10\0\0\x64\0\0\0", 12));
  EXPECT_EQ(bytes.substr(128), std::string("\x07\0\x0A\0\x90\0\0\0\x63\0\0\0\0\0\0\0", 16) +
                                   std::string("\2\0\0\0\0\0\0\0\x58\0\0\0\0\0\0\0", 16) + "DEFAULT/d/gtm.mjl");
}

TEST(RegionHeader, RoundTripAndEveryFlippedBitIsRefused) {
  const RegionHeader header = sample_header();
  std::string bytes = encode_region_header(header);
  const auto back = decode_region_header(bytes, "x.dat");
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_region_header(*back), bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_region_header(damaged, "x.dat").has_value()) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_region_header(bytes.substr(0, size), "x.dat").has_value());
}

TEST(ControlFile, TornWriteLeavesTheFormerState) {
  test::ScratchDatabase scratch;
  const std::string database = scratch.folder() + "/torn.dat";
  auto control = ControlFile::open(database);
  ASSERT_TRUE(control.has_value());
  ASSERT_TRUE(control->read()->clean);
  EXPECT_TRUE(control->read()->fresh);
  ControlState first;
  first.boot = "one";
  first.clean = false;
  first.pool_id = 17;
  first.pool_uid = 99;
  first.instance_file = "/d/gtm.repl";
  ASSERT_TRUE(control->write(first).has_value());
  ControlState second = first;
  second.boot = "two";
  second.clean = true;
  ASSERT_TRUE(control->write(second).has_value());
  EXPECT_EQ(control->read()->boot, "two");
  // The newer copy is the one at 4096: the first write went to 0.
  auto file = File::open(database + "-ctl", O_RDWR);
  ASSERT_TRUE(file.has_value());
  const std::string rubbish(100, '!');
  ASSERT_TRUE(file->write_all(4096 + 60, as_bytes(rubbish)).has_value());
  const auto state = control->read();
  ASSERT_TRUE(state.has_value());
  EXPECT_FALSE(state->fresh);
  EXPECT_EQ(state->boot, "one");
  EXPECT_FALSE(state->clean);
  EXPECT_EQ(state->pool_id, 17);
  EXPECT_EQ(state->pool_uid, 99u);
  EXPECT_EQ(state->instance_file, "/d/gtm.repl");
}

TEST(ControlFile, StandaloneAccessExcludesAttachedOnes) {
  test::ScratchDatabase scratch;
  const std::string database = scratch.folder() + "/locks.dat";
  auto one = ControlFile::open(database);
  auto two = ControlFile::open(database);
  ASSERT_TRUE(one.has_value() && two.has_value());
  EXPECT_TRUE(one->try_shared(ControlFile::Lock::Attached).value());
  EXPECT_TRUE(two->try_shared(ControlFile::Lock::Attached).value());
  EXPECT_FALSE(one->try_exclusive(ControlFile::Lock::Attached).value());
  ASSERT_TRUE(two->unlock(ControlFile::Lock::Attached).has_value());
  EXPECT_TRUE(one->try_exclusive(ControlFile::Lock::Attached).value());
  EXPECT_FALSE(two->try_shared(ControlFile::Lock::Attached).value());
}

/// Open in a boot that was not known, in the pool.
ControlState open_in_unknown_boot(const JournalPool& pool) {
  ControlState state;
  state.boot = "unknown";
  state.clean = false;
  state.pool_id = pool.id();
  state.pool_uid = pool.uid();
  return state;
}

TEST(ControlFile, InAnUnknownBootAPoolWithoutProcessesIsGoneWhereThereIsAnImage) {
  test::ScratchDatabase scratch;
  const std::string database = scratch.folder() + "/boot.dat";
  JournalPool pool = test::must(JournalPool::create({}));
  ControlFile control = test::must(ControlFile::open(database));
  test::must(control.write(open_in_unknown_boot(pool)));
  const auto seen = [&] {
    JournalPool found;
    return test::must(control.find_pool(test::must(control.read()), found));
  };
  EXPECT_EQ(seen(), PoolSeen::Alive);  // Nothing else could make the database again.
  test::must(replace_file(database + "-ckpt", "image"));
  EXPECT_EQ(seen(), PoolSeen::Gone);
  {
    ControlFile user = test::must(ControlFile::open(database));
    ASSERT_TRUE(test::must(user.try_shared(ControlFile::Lock::Attached)));
    EXPECT_EQ(seen(), PoolSeen::Alive);
  }
  EXPECT_EQ(seen(), PoolSeen::Gone);
  // A process that reads already has seen no other boot. It and whoever looks from elsewhere agree.
  ASSERT_TRUE(test::must(control.try_shared(ControlFile::Lock::Attached)));
  EXPECT_EQ(seen(), PoolSeen::Alive);
  ASSERT_TRUE(test::must(control.try_exclusive(ControlFile::Lock::Attached)));
  EXPECT_EQ(seen(), PoolSeen::Gone);
  test::must(SharedMemory::remove(pool.id()));
}

TEST(ControlFile, ACopyKnowsWhetherTheOriginalIsInUse) {
  test::ScratchDatabase scratch;
  const std::string database = scratch.folder() + "/one.dat";
  const std::string copy = scratch.folder() + "/two.dat";
  const std::string begin_of_database = std::string(16, '\0') + "\xDE\xC0\xEF\xBE";
  test::must(replace_file(database, begin_of_database));
  test::must(replace_file(copy, begin_of_database));
  JournalPool pool = test::must(JournalPool::create({}));
  const int id = pool.id();
  for (const std::string& boot : {boot_id(), std::string("unknown")}) {
    ControlState state = open_in_unknown_boot(pool);
    state.boot = boot;
    test::must(test::must(ControlFile::open(database)).write(state));
    std::filesystem::copy_file(database + "-ctl", copy + "-ctl", std::filesystem::copy_options::overwrite_existing);
    EXPECT_FALSE(test::must(test::must(ControlFile::open(database)).read()).original_in_use);
    const ControlState copied = test::must(test::must(ControlFile::open(copy)).read());
    EXPECT_TRUE(copied.original_in_use);
    EXPECT_FALSE(is_this_boot(copied.boot));
    EXPECT_EQ(copied.pool_id, -1);
  }
  pool.detach();  // Its processes die.
  EXPECT_FALSE(test::must(test::must(ControlFile::open(copy)).read()).original_in_use);
  test::must(SharedMemory::remove(id));
}

// Format 1 as bytes in the file. If this fails, the format changed: add format 2, do not edit this.
TEST(CopyMark, Format1GoldenBytes) {
  CopyMark mark;
  mark.database_id = sample_header().database_id;
  mark.seqno = Seqno{258};
  mark.copied_us = 1'795'312'144'000'000;
  const auto bytes = encode_copy_mark(mark);
  EXPECT_EQ(as_text(Bytes(bytes).subspan(8)),
            std::string("HWCOPY01\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x02\x01\0\0\0\0\0\0"
                        "\0\xA4\x9A\xAE\xD3\x60\x06\0",
                        40) +
                std::string(16, '\0'));
  EXPECT_EQ(get_le<std::uint64_t>(Bytes(bytes), 0), checksum(Bytes(bytes).subspan(8)));
  EXPECT_EQ(decode_copy_mark(bytes), mark);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= std::byte(1u << (bit % 8));
    EXPECT_FALSE(decode_copy_mark(damaged).has_value()) << "bit " << bit;
  }
}

// A region that never had a file is passed over; one whose file is gone is not, or a recovery would take every
// transaction that it had a part in for broken.
TEST(TakeAll, ADatabaseThatWasThereIsMissed) {
  const test::ScratchDatabase scratch({"X"});
  const auto directory = GlobalDirectory::load(scratch.directory_path());
  ASSERT_TRUE(directory.has_value());
  const std::string path = scratch.database_path("X");
  ASSERT_EQ(take_all(*directory)->size(), 2u);
  ASSERT_TRUE(rename_file(path, path + "-away").has_value());
  const auto missed = take_all(*directory);
  ASSERT_FALSE(missed.has_value());
  EXPECT_EQ(missed.error().id, MsgId::DBOPNERR);
  ASSERT_TRUE(remove_file(path + "-ctl").has_value());
  EXPECT_EQ(take_all(*directory)->size(), 1u);
}

// A database that was not closed, and the mark of a copy that was put in its place: what stands beside it is set aside
// once.
TEST(CopyMark, WhatAnEarlierDatabaseLeftIsSetAsideOnce) {
  const test::TestFolder folder;
  const std::string path = folder.file("a.dat");
  {
    auto file = File::open(path, O_RDWR | O_CREAT);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->truncate(8192).has_value());
    ASSERT_TRUE(write_copy_mark(*file, {sample_header().database_id, Seqno{7}, 1}).has_value());
    ASSERT_TRUE(replace_file(path + "-ckpt", "an image").has_value());
  }
  auto control = ControlFile::open(path);
  ASSERT_TRUE(control.has_value());
  ASSERT_TRUE(control->write({{}, "another boot", false, 4711, 1, "/old.repl"}).has_value());
  ASSERT_TRUE(control->read()->clean);
  EXPECT_TRUE(control->read()->fresh);
  ASSERT_TRUE(control->adopt_copy(ControlFile::Purpose::Read).has_value());
  EXPECT_FALSE(file_exists(path + "-ckpt"));
  EXPECT_TRUE(read_copy_mark(path)->has_value()) << "one that is only read stays a copy";
  ASSERT_TRUE(control->adopt_copy().has_value());
  EXPECT_FALSE(read_copy_mark(path)->has_value());
  EXPECT_EQ(control->read()->database_id, sample_header().database_id);

  // From now on it speaks of this database.
  ASSERT_TRUE(control->write({{}, "another boot", false, 4711, 1, "/old.repl"}).has_value());
  ASSERT_TRUE(control->adopt_copy().has_value());
  EXPECT_FALSE(control->read()->clean);
}

}  // namespace
}  // namespace hw
