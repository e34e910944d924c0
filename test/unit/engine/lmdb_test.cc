// The order of keys in a database file is that of their bytes, whatever their lengths.
#include "engine/storage/lmdb.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <random>
#include <set>
#include <vector>

#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

/// Words of one to four letters of bytes where comparisons go wrong, alone and behind beginnings of five to nine bytes.
std::set<std::string> awkward_keys() {
  const std::string letters("\x00\x01\x7F\x80\xFF", 5);
  std::vector<std::string> words{""};
  for (std::size_t begin = 0, length = 1; length <= 3; ++length) {
    const std::size_t end = words.size();
    for (std::size_t i = begin; i < end; ++i)
      for (const char letter : letters) words.push_back(words[i] + letter);
    begin = end;
  }
  std::set<std::string> keys;
  for (const std::string& word : words) {
    if (!word.empty() && word[0] != '\x01') keys.insert(word);  // The layer keeps what begins so for itself.
    for (std::size_t common = 5; common <= 9; ++common) keys.insert(std::string(common, '\x80') + word);
  }
  return keys;
}

// LMDB says EIO when the system has taken a part only.
TEST(Lmdb, AnImageThatMayNotBecomeLargerSaysSo) {
  const ScratchDatabase scratch;
  const std::string path = scratch.folder() + "/limited";
  must(Environment::create_image(path, SharedMemory::own_rights()));
  EXPECT_EQ(in_child({},
                     [&] {
                       std::signal(SIGXFSZ, SIG_IGN);
                       const rlimit limit{150'000, 150'000};
                       ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
                       Environment environment = must(Environment::open(path, Environment::Mode::Image));
                       WriteTransaction transaction;
                       bool needs_adoption = false;
                       must(transaction.begin(environment, needs_adoption));
                       for (int i = 0; i < 1000; ++i)
                         must(transaction.put("key " + std::to_string(i), std::string(1000, 'v')));
                       const Status done = transaction.commit();
                       ASSERT_FALSE(done.has_value());
                       EXPECT_EQ(done.error().id, MsgId::DBFILERR);
                       EXPECT_EQ(done.error().os_errno, EFBIG);
                     }),
            0);
  EXPECT_LE(must(must(File::open(path, O_RDONLY)).size()), 150'000U);
}

TEST(Lmdb, KeysStandInTheOrderOfTheirBytes) {
  const ScratchDatabase scratch;
  const std::set<std::string> keys = awkward_keys();
  must(Environment::create_image(scratch.folder() + "/order", SharedMemory::own_rights()));
  Environment environment = must(Environment::open(scratch.folder() + "/order", Environment::Mode::Image));
  {
    std::vector<std::string> shuffled(keys.begin(), keys.end());
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
    WriteTransaction transaction;
    bool needs_adoption = false;
    must(transaction.begin(environment, needs_adoption));
    for (const std::string& key : shuffled) must(transaction.put(key, "value of " + key));
    must(transaction.commit());
  }
  ReadTransaction reader;
  bool needs_adoption = false;
  must(reader.renew(environment, needs_adoption));
  auto node = must(reader.seek({}));
  for (const std::string& key : keys) {
    ASSERT_TRUE(node.has_value());
    EXPECT_EQ(node->key, key);
    node = must(reader.next());
  }
  EXPECT_FALSE(node.has_value());
  for (const std::string& key : keys) EXPECT_EQ(must(reader.get(key)).value_or(""), "value of " + key);
}

TEST(Lmdb, TenThousandMayReadAtOnce) {
  const ScratchDatabase scratch;
  Environment environment = must(Environment::open(scratch.database_path("DEFAULT"), Environment::Mode::LiveReader));
  std::vector<ReadTransaction> readers(10'000);
  for (ReadTransaction& reader : readers) {
    bool needs_adoption = false;
    must(reader.renew(environment, needs_adoption));
  }
}

}  // namespace
}  // namespace hw::test
