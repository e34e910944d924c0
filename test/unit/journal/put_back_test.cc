// The name of a journal in use leads to another file: whoever opens it is refused, and who has it open gives it its
// name.
#include "journal/put_back.h"

#include <fcntl.h>

#include <filesystem>

#include "journal/current_file.h"
#include "journal/tail.h"
#include "journal/transaction_merge.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::RegionJournal;
using test::TestFolder;
using test::TestUpdate;

const std::vector<TestUpdate> kOne{{UpdateType::Set, "^k", "v"}};

class JournalName : public testing::Test {
 protected:
  JournalName() {
    must(replace_file(database(), "stands for the database"));
    journal_.facts().database_file = must(identity_of(database()));
    journal_.commit(Seqno{1}, 1, kOne);
  }

  std::string database() const { return path() + ".mdb"; }
  std::string path() const { return journal_.path(); }
  FileIdentity in_use() { return journal_.facts().journal_file.load(); }
  std::string bytes_in_use() { return bytes_of(must(journal_.writer().another())); }
  static std::string bytes_of(const File& file) {
    std::string bytes(must(file.size()), '\0');
    must(file.read_exact(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
  }
  static std::string bytes_of(const std::string& file) { return bytes_of(must(File::open(file, O_RDONLY))); }

  /// As cp -a x.mjl y; mv y x.mjl.
  void replace_by_copy() {
    fs::copy_file(path(), path() + ".x");
    fs::rename(path() + ".x", path());
  }
  void replace_by_journal_of(const DatabaseId& id) {
    JournalFileHeader header = must(read_journal_info(path())).header;
    header.database_id = id;
    must(create_journal_file(folder_.file("other.mjl"), header));
    fs::rename(folder_.file("other.mjl"), path());
  }
  Status attach_anew() {
    JournalWriter writer;
    return writer.attach(journal_.facts());
  }
  /// Refused, and neither file is touched.
  void expect_refused(const Status& status, const std::string& says) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().id, MsgId::HWJNLREPLACED) << status.error().render();
    const std::string text = status.error().render();
    EXPECT_NE(text.find(says), std::string::npos) << text;
    EXPECT_NE(text.find(fmt::format("inode {} ", in_use().inode)), std::string::npos) << text;
  }
  Result<std::string> put_it_back() {
    const File file = must(journal_.writer().another());
    return put_back(journal_.facts(), file);
  }
  /// The name leads to what is in use, which is whole, and another process commits to it.
  void expect_in_use(Seqno next) {
    EXPECT_EQ(must(identity_of(path())), in_use());
    EXPECT_EQ(journal_.facts().switching, 0u);
    EXPECT_EQ(journal_.facts().journal_copy.load(), FileIdentity{});
    EXPECT_EQ(must(find_tail(path())).next_seqno, next);
    EXPECT_TRUE(attach_anew().has_value());
    must(journal_.writer().attach(journal_.facts()));
    journal_.commit(next, next.value, kOne);
    EXPECT_EQ(must(find_tail(path())).next_seqno, Seqno{next.value + 1});
  }

  TestFolder folder_;
  RegionJournal journal_{folder_.file("a.mjl")};
};

// ---- who comes ----

TEST_F(JournalName, AnEqualFileIsRefused) {
  replace_by_copy();
  const std::string before = bytes_of(path());
  expect_refused(attach_anew(), "generation 1 of this database");
  EXPECT_EQ(bytes_of(path()), before);
  EXPECT_TRUE(journal_.writer().attach(journal_.facts()).has_value());  // It has the file.
}

TEST_F(JournalName, AnotherDatabasesJournalIsRefused) {
  replace_by_journal_of({0x5A});
  expect_refused(attach_anew(), "generation 1 of another database, " + database());
  journal_.facts().journal_file.store({});  // Where files cannot be told apart, their headers can.
  EXPECT_EQ(attach_anew().error().id, MsgId::HWJNLREPLACED);
}

TEST_F(JournalName, AnotherGenerationIsRefused) {
  const std::string old = journal_.switch_file();
  journal_.facts().journal_file.store({});
  fs::copy_file(old, path(), fs::copy_options::overwrite_existing);
  EXPECT_EQ(attach_anew().error().id, MsgId::HWJNLREPLACED);
}

TEST_F(JournalName, WhatIsNoJournalIsRefused) {
  fs::remove(path());
  must(replace_file(path(), std::string(100'000, 'x')));
  expect_refused(attach_anew(), "no journal file");
  fs::remove(path());
  must(replace_file(path(), ""));
  expect_refused(attach_anew(), "no journal file");
}

TEST_F(JournalName, NoFileAtAllIsAnErrorOfTheSystem) {
  fs::remove(path());
  EXPECT_EQ(attach_anew().error().id, MsgId::JNLFILOPN);
}

TEST_F(JournalName, WhereIdentitiesAreNotKnownHeadersDecide) {
  journal_.facts().journal_file.store({});
  replace_by_copy();
  EXPECT_TRUE(attach_anew().has_value());
}

TEST_F(JournalName, AnIdentityIsThatOfAFileThatStillHasItsName) {
  const File file = must(File::open(path(), O_RDWR));
  EXPECT_EQ(must(identity_for_pool(file)), must(identity_of(path())));
  replace_by_copy();
  const auto gone = identity_for_pool(file);
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().os_errno, ESTALE);
}

TEST_F(JournalName, WhereANameLeads) {
  const File file = must(File::open(path(), O_RDWR));
  EXPECT_EQ(where_name_leads(path(), file, in_use()), NameLeads::Here);
  fs::rename(path(), folder_.file("moved"));
  EXPECT_EQ(where_name_leads(path(), file, in_use()), NameLeads::Nowhere);
  fs::create_directory(path());
  EXPECT_EQ(where_name_leads(path(), file, in_use()), NameLeads::Elsewhere);
  fs::remove(path());
  fs::remove(folder_.file("moved"));
  EXPECT_EQ(where_name_leads(path(), file, in_use()), NameLeads::Elsewhere);
  EXPECT_EQ(where_name_leads(path(), file, {}), NameLeads::Here);
}

// ---- switches and moves ----

TEST_F(JournalName, ASwitchDoesNotRenameAnotherFile) {
  replace_by_copy();
  const std::string before = bytes_of(path());
  const std::string before_in_use = bytes_in_use();
  const auto switched = journal_.writer().switch_generation(journal_.facts(), true, 1000);
  ASSERT_FALSE(switched.has_value());
  EXPECT_EQ(switched.error().id, MsgId::HWJNLREPLACED);
  const auto moved = journal_.writer().move_to(journal_.facts(), folder_.file("b.mjl"), 1000, [] { return Status(); });
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().id, MsgId::HWJNLREPLACED);
  EXPECT_EQ(journal_.facts().generation.load(), 1u);
  EXPECT_EQ(bytes_of(path()), before);
  EXPECT_EQ(bytes_in_use(), before_in_use);
  EXPECT_FALSE(file_exists(successor_name(path())));
  EXPECT_FALSE(file_exists(folder_.file("b.mjl")));
}

TEST_F(JournalName, ASwitchAndAMoveTellThePoolTheNewFile) {
  const FileIdentity first = in_use();
  journal_.switch_file();
  EXPECT_EQ(in_use(), must(identity_of(path())));
  EXPECT_NE(in_use(), first);
  must(journal_.writer().move_to(journal_.facts(), folder_.file("b.mjl"), 2000, [] { return Status(); }));
  EXPECT_EQ(path(), folder_.file("b.mjl"));
  EXPECT_EQ(in_use(), must(identity_of(path())));
  EXPECT_TRUE(attach_anew().has_value());
}

// ---- who has it ----

TEST_F(JournalName, IsGivenBackFromAnEqualFile) {
  replace_by_copy();
  const std::string copied = bytes_of(path());
  journal_.commit(Seqno{2}, 2, kOne);  // To the file without a name.
  const std::string wanted = bytes_in_use();
  const std::string aside = must(put_it_back());
  EXPECT_EQ(bytes_of(aside), copied);
  EXPECT_EQ(bytes_of(path()), wanted);
  EXPECT_FALSE(file_exists(path() + "-unfinished"));
  expect_in_use(Seqno{3});
}

TEST_F(JournalName, IsGivenBackWhenTheFileWasRemoved) {
  fs::remove(path());
  EXPECT_EQ(must(put_it_back()), "");
  expect_in_use(Seqno{2});
}

TEST_F(JournalName, IsGivenBackFromWhatIsNoJournal) {
  must(replace_file(path(), "not a journal"));
  const std::string aside = must(put_it_back());
  EXPECT_EQ(bytes_of(aside), "not a journal");
  expect_in_use(Seqno{2});
}

TEST_F(JournalName, IsNotTakenFromAnotherDatabase) {
  replace_by_journal_of({0x5A});
  const std::string before = bytes_of(path());
  const auto refused = put_it_back();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWJNLREPLACED);
  EXPECT_NE(refused.error().render().find("another database's journal"), std::string::npos);
  EXPECT_EQ(bytes_of(path()), before);
  EXPECT_EQ(journal_.facts().switching, 0u);
}

TEST_F(JournalName, IsNotTakenFromAFolder) {
  fs::remove(path());
  fs::create_directory(path());
  EXPECT_FALSE(put_it_back().has_value());
  EXPECT_TRUE(fs::is_directory(path()));
}

TEST_F(JournalName, IsNotTakenWhereTheDatabaseIsAnotherFile) {
  replace_by_copy();
  must(replace_file(database(), "restored"));
  const std::string before = bytes_of(path());
  EXPECT_FALSE(put_it_back().has_value());
  EXPECT_EQ(bytes_of(path()), before);
}

TEST_F(JournalName, IsGivenBackBehindALink) {
  fs::rename(path(), folder_.file("real.mjl"));
  fs::create_symlink(folder_.file("real.mjl"), path());
  fs::copy_file(folder_.file("real.mjl"), folder_.file("x"));
  fs::rename(folder_.file("x"), folder_.file("real.mjl"));
  must(put_it_back());
  EXPECT_TRUE(fs::is_symlink(path()));
  expect_in_use(Seqno{2});
}

TEST_F(JournalName, ADeathBeforeTheCopyHasTheNameLeavesTheFormerFile) {
  const FileIdentity former = in_use();
  journal_.facts().switching = PoolRegion::kPutBack;
  fs::copy_file(path(), path() + "-unfinished");
  journal_.facts().journal_copy.store(must(identity_of(path() + "-unfinished")));
  fs::remove(path());
  finish_put_back(journal_.facts());
  EXPECT_EQ(in_use(), former);
  EXPECT_EQ(journal_.facts().cuts.load(), 0u);
  must(put_it_back());  // The rest of the dead one is in nobody's way.
  expect_in_use(Seqno{2});
}

TEST_F(JournalName, ADeathAfterItMakesAllUseTheCopy) {
  fs::copy_file(path(), path() + "-unfinished");
  journal_.facts().switching = PoolRegion::kPutBack;
  journal_.facts().journal_copy.store(must(identity_of(path() + "-unfinished")));
  fs::rename(path() + "-unfinished", path());
  finish_put_back(journal_.facts());
  EXPECT_EQ(journal_.facts().cuts.load(), 1u);
  expect_in_use(Seqno{2});
}

// ---- who reads ----

TEST_F(JournalName, AReaderDoesNotTakeAnotherFileForTheJournal) {
  journal_.commit(Seqno{2}, 2, kOne);
  auto reader = must(SeqnoReader::open({path()}, Seqno{1}));
  const auto read = [&](SeqnoReader& from, Seqno& next) {
    std::string out;
    return from.read(next, Seqno{3}, 1, out, [&](std::size_t) { return journal_.live_end(); });
  };
  Seqno next{1};
  ASSERT_EQ(must(read(reader, next)), 1u);
  replace_by_copy();
  auto late = must(SeqnoReader::open({path()}, Seqno{1}));
  Seqno first{1};
  const auto refused = read(late, first);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWJNLREPLACED);
  const JournalPlace end{1, journal_.end(), journal_.facts().last_record_bytes};
  EXPECT_TRUE(TransactionMerge::open({{path(), end}}, Seqno{1}).has_value());
  EXPECT_FALSE(TransactionMerge::open({{path(), end, CurrentJournal::of(journal_.facts())}}, Seqno{1}).has_value());
  EXPECT_EQ(must(read(reader, next)), 1u);  // It has the file.
}

TEST_F(JournalName, AReaderGoesOnInTheCopyWhereItWas) {
  journal_.commit(Seqno{2}, 2, kOne);
  auto reader = must(SeqnoReader::open({path()}, Seqno{1}));
  Seqno next{1};
  std::string out;
  const auto read = [&] {
    return reader.read(next, Seqno{4}, 1, out, [&](std::size_t) { return journal_.live_end(); });
  };
  ASSERT_EQ(must(read()), 1u);
  replace_by_copy();
  must(put_it_back());
  must(journal_.writer().attach(journal_.facts()));
  journal_.commit(Seqno{3}, 3, kOne);
  ASSERT_EQ(must(read()), 1u);
  ASSERT_EQ(must(read()), 1u);
  EXPECT_EQ(next, Seqno{4});
}

TEST_F(JournalName, AReaderDoesNotReadAnotherDatabasesFiles) {
  replace_by_journal_of({0x5A});
  auto reader = must(SeqnoReader::open({path()}, Seqno{1}));
  Seqno next{1};
  std::string out;
  const auto refused = reader.read(next, Seqno{2}, 1, out, [&](std::size_t) { return journal_.live_end(); });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWJNLREPLACED);
}

// A merge of a region in use ends where it was told, whatever is switched meanwhile.
TEST_F(JournalName, AMergeEndsInTheGenerationOfItsEnd) {
  const JournalPlace end{1, journal_.end(), journal_.facts().last_record_bytes};
  const CurrentJournal current = CurrentJournal::of(journal_.facts());
  journal_.switch_file();
  journal_.commit(Seqno{2}, 2, kOne);
  auto merge = must(TransactionMerge::open({{path(), end, current}}, Seqno{1}));
  std::vector<TransactionMerge::Part> parts;
  ASSERT_TRUE(must(merge.next(parts)));
  EXPECT_EQ(parts.front().header.seqno, Seqno{1});
  EXPECT_FALSE(must(merge.next(parts)));
}

}  // namespace
}  // namespace hw
