#include "journal/generations.h"

#include "test/support/journal_files.h"

namespace hw {
namespace {

using test::RegionJournal;
using test::TestFolder;

TEST(Generations, ChainGoesBackToTheFirstFile) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  std::vector<std::string> names{journal.path()};
  for (std::uint64_t seqno = 1; seqno <= 4; ++seqno) {
    journal.commit(Seqno{seqno}, seqno, {{UpdateType::Set, "^k", "v"}});
    names.insert(names.begin() + 1, journal.switch_file());
  }
  auto chain = generation_chain(journal.path());
  ASSERT_TRUE(chain.has_value()) << chain.error().render();
  ASSERT_EQ(chain->files.size(), 5u);
  EXPECT_EQ(chain->end, ChainEnd::NoLink);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(chain->files[i].path, names[i]);
    EXPECT_EQ(chain->files[i].info.header.generation, 5 - i);
    EXPECT_EQ(chain->files[i].info.header.first_seqno, Seqno{5 - i});
    EXPECT_EQ(chain->files[i].info.closing.has_value(), i > 0);
  }

  ASSERT_TRUE(remove_file(names[2]).has_value());
  chain = generation_chain(journal.path());
  ASSERT_TRUE(chain.has_value());
  EXPECT_EQ(chain->files.size(), 2u);
  EXPECT_EQ(chain->end, ChainEnd::MissingFile);
  EXPECT_EQ(chain->missing_path, names[2]);
}

TEST(Generations, CutLinkEndsTheChain) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, {{UpdateType::Set, "^k", "v"}});
  journal.switch_file(false);
  auto chain = generation_chain(journal.path());
  ASSERT_TRUE(chain.has_value());
  EXPECT_EQ(chain->files.size(), 1u);
  EXPECT_EQ(chain->end, ChainEnd::NoLink);
}

TEST(Generations, FilesThatDoNotBelongAreRefused) {
  TestFolder folder;
  RegionJournal journal(folder.file("a.mjl"));
  journal.commit(Seqno{1}, 1, {{UpdateType::Set, "^k", "v"}});
  const std::string old = journal.switch_file();
  const std::string good = test::file_bytes(old);
  auto header = read_journal_info(old)->header;

  const auto replace_header = [&](const JournalFileHeader& other) {
    const auto block = encode_opening(other);
    std::string bytes = good;
    bytes.replace(0, block.size(), as_text(block));
    test::write_file(old, bytes);
  };
  auto foreign = header;
  foreign.database_id[0] ^= 1;
  replace_header(foreign);
  EXPECT_EQ(generation_chain(journal.path()).error().id, MsgId::JNLBADLABEL);

  auto cycle = header;
  cycle.generation = 2;
  cycle.previous_path = journal.path();
  replace_header(cycle);
  auto chain = generation_chain(journal.path());
  ASSERT_FALSE(chain.has_value());
  EXPECT_NE(chain.error().render().find("Expected generation 1. Found generation 2."), std::string::npos);

  test::write_file(old, "no journal");
  EXPECT_EQ(generation_chain(journal.path()).error().id, MsgId::JNLBADLABEL);
  ASSERT_TRUE(remove_file(journal.path()).has_value());
  EXPECT_EQ(generation_chain(journal.path()).error().id, MsgId::JNLFILEOPNERR);
}

}  // namespace
}  // namespace hw
