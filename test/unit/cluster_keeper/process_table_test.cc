// What the next agent finds: the file's bytes, damage, another boot, numbers that are used again.
#include "cluster/keeper/process_table.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/base/boot.h"
#include "engine/base/limits.h"
#include "test/support/child_process.h"
#include "test/support/test_folder.h"
#include "test/unit/replic/golden.h"

namespace hw::cluster {
namespace {

using test::must;

ProcessRows sample() {
  ProcessRows rows;
  rows.boot = "4f9c1a4e-7d1c-4c39-9b70-6a3d5f6b2a10";
  rows.pid_space = 4026531836;
  ProcessRow row;
  row.key = {"acct", "source:B", 1};
  row.ready = true;
  row.identity = {2787, 1234567};
  row.group = {2786, 2786};
  row.since_us = 1'795'811'042'000'000;
  row.restarts = 3;
  rows.rows.push_back(row);
  row.key = {"acct", "report", 2};
  row.ready = true;
  row.ended_well = true;
  row.identity = {2801, 1234999};
  row.group = {2801, 2801};
  row.restarts = 0;
  rows.rows.push_back(row);
  row.kind = ProcessKind::Step;
  row.key = {"acct", "rundown A", 1};
  row.ready = row.ended_well = false;
  row.identity = {2900, 1235555};
  row.group = {2900, 2900};
  rows.rows.push_back(row);
  return rows;
}

ProcessRow row_of_self(const std::string& name) {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  ProcessRow row;
  row.key = {"g", name, 1};
  row.identity = {pid, process_start(pid)};
  return row;
}

TEST(ProcessRows, AreReadAsTheyWereWritten) {
  const std::string bytes = encode(sample());
  test::expect_golden("process_table_format1.bin", bytes);
  EXPECT_EQ(must(decode_process_rows(as_bytes(bytes), "t")), sample());
}

TEST(ProcessRows, EveryChangedOrMissingByteIsFound) {
  const std::string bytes = encode(sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(decode_process_rows(as_bytes(bytes.substr(0, i)), "t").has_value()) << "cut at " << i;
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    const auto decoded = decode_process_rows(as_bytes(changed), "t");
    ASSERT_FALSE(decoded.has_value()) << "changed at " << i;
    EXPECT_EQ(decoded.error().id, MsgId::HWTABLEBAD);
  }
  EXPECT_FALSE(decode_process_rows(as_bytes(bytes + "x"), "t").has_value());
}

class Table : public testing::Test {
 protected:
  void TearDown() override { ::unsetenv("HW_BOOT_ID"); }
  std::string path() const { return folder_.file("processes"); }
  std::vector<FoundProcess> load() const { return must(ProcessTable(path()).load()); }

  test::TestFolder folder_;
};

TEST_F(Table, WithoutAFileNothingIsFound) { EXPECT_TRUE(load().empty()); }

TEST_F(Table, RowsThatArePutAreFoundAndDroppedOnesAreNot) {
  ProcessTable table(path());
  must(table.put(row_of_self("a")));
  must(table.put(row_of_self("b")));
  EXPECT_TRUE(table.has(ProcessKind::Server, {"g", "a", 1}));
  must(table.drop(ProcessKind::Server, {"g", "a", 1}));
  must(table.drop(ProcessKind::Server, {"g", "never there", 1}));
  const auto found = load();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].row, row_of_self("b"));
  EXPECT_EQ(found[0].liveness, Liveness::Lives);
}

TEST_F(Table, ANumberThatIsUsedAgainIsNoLivingServer) {
  ProcessTable table(path());
  ProcessRow row = row_of_self("a");
  row.identity.start += 1;
  must(table.put(row));
  const auto found = load();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].liveness, Liveness::Gone);
}

TEST_F(Table, WithoutAStartTimeOneCannotBeSure) {
  ProcessTable table(path());
  ProcessRow row = row_of_self("a");
  row.identity.start = 0;
  must(table.put(row));
  EXPECT_EQ(load().at(0).liveness, Liveness::Unsure);
}

TEST_F(Table, NothingOfAnotherBootLives) {
  ::setenv("HW_BOOT_ID", "before", 1);
  ProcessTable table(path());
  must(table.put(row_of_self("a")));
  ProcessRow done = row_of_self("done");
  done.ended_well = done.ready = true;
  must(table.put(done));
  EXPECT_EQ(load().at(0).liveness, Liveness::Lives);
  EXPECT_TRUE(load().at(1).row.ended_well);
  ::setenv("HW_BOOT_ID", "after", 1);
  EXPECT_EQ(load().at(0).liveness, Liveness::Gone);
  EXPECT_EQ(load().at(1).liveness, Liveness::Gone);
  EXPECT_FALSE(load().at(1).row.ended_well);
}

TEST_F(Table, WhatWasFoundStaysUntilItIsDropped) {
  ProcessTable first(path());
  must(first.put(row_of_self("a")));
  ProcessTable second(path());
  must(second.load());
  must(second.put(row_of_self("b")));
  EXPECT_EQ(load().size(), 2U);
}

TEST_F(Table, ADamagedFileIsSaidAndKept) {
  test::write_file(path(), "HWPT garbage");
  ProcessTable table(path());
  const auto loaded = table.load();
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().id, MsgId::HWTABLEBAD);
  EXPECT_EQ(test::file_bytes(path() + "-damaged"), "HWPT garbage");
  EXPECT_TRUE(load().empty());
  must(table.put(row_of_self("a")));
  EXPECT_EQ(load().size(), 1U);
}

TEST_F(Table, LimitsAreKept) {
  ProcessTable table(path());
  ProcessRow row = row_of_self(std::string(kProcessNameBytesMax + 1, 'n'));
  EXPECT_EQ(table.put(row).error().id, MsgId::HWTABLEBAD);
  row.key.name.pop_back();
  must(table.put(row));
  EXPECT_EQ(load().at(0).row.key.name, row.key.name);
  EXPECT_FALSE(table.has(ProcessKind::Step, row.key));
}

TEST_F(Table, ARowThatCannotBeWrittenIsAsItWas) {
  ProcessTable table(folder_.file("missing/processes"));
  EXPECT_FALSE(table.put(row_of_self("a")).has_value());
  EXPECT_FALSE(table.has(ProcessKind::Server, {"g", "a", 1}));
}

}  // namespace
}  // namespace hw::cluster
