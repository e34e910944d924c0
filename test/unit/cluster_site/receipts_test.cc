// Receipts on disk, and files that an agent shares with the owner of an instance.
#include "cluster/site/receipts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster/site/owned_file.h"
#include "test/support/child_process.h"
#include "test/support/test_folder.h"

namespace hw::cluster {
namespace {

using hw::test::must;

const std::string kLost =
    "GDSJEX07 ROLLBACK PRIMARY A\n"
    "05\\67901,73901\\11\\8749\\0\\7\\0\\0\\0\\0\\^a(1)=\"x\"\n"
    "05\\67901,73901\\12\\8749\\0\\8\\0\\0\\0\\0\\^a(2)=\"y\"\n";

class ReceiptsTest : public testing::Test {
 protected:
  static Receipt receipt(const std::string& id = "acct-42") {
    Receipt out;
    out.id = id;
    out.group = "acct";
    out.node = "n2";
    out.old_instance = "A";
    out.new_instance = "B";
    out.new_epoch = 42;
    return out;
  }
  hw::test::TestFolder folder_;
  const Receipts receipts_{folder_.path()};
};

TEST_F(ReceiptsTest, AreTheAgentsAloneWhateverWasThere) {
  const mode_t mask = ::umask(0);
  must(receipts_.put(receipt(), kLost));
  must(receipts_.keep_conflicts("acct-42", "^a(1)\n"));
  for (const char* const name : {"acct-42.json", "acct-42.los", "acct-42.conflicts"}) {
    struct stat about {};
    const std::string path = folder_.path() + "/losttn/" + name;
    ASSERT_EQ(::stat(path.c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_mode & 0777, 0600u) << name;
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);  // As an earlier release has left it.
  }
  must(receipts_.put(receipt(), kLost));
  must(receipts_.keep_conflicts("acct-42", "^a(2)\n"));
  for (const char* const name : {"acct-42.json", "acct-42.los", "acct-42.conflicts"}) {
    struct stat about {};
    ASSERT_EQ(::stat((folder_.path() + "/losttn/" + name).c_str(), &about), 0) << name;
    EXPECT_EQ(about.st_mode & 0777, 0600u) << name;
  }
  ::umask(mask);
}

TEST_F(ReceiptsTest, AreOpenedAndThenCollected) {
  must(receipts_.put(receipt(), ""));
  EXPECT_EQ(must(receipts_.lost_text("acct-42")), "");
  Receipt collected = receipt();
  collected.state = ReceiptState::Collected;
  collected.count = 2;
  must(receipts_.put(collected, kLost));
  const ReceiptFile file = must(receipts_.read("acct-42"));
  EXPECT_EQ(file.receipt, collected);
  ASSERT_EQ(file.transactions.size(), 2U);
  EXPECT_EQ(file.transactions[1].nodes, std::vector<std::string>{"^a(2)"});
  EXPECT_EQ(must(receipts_.lost_text("acct-42")), kLost);
  EXPECT_EQ(must(decode_receipt(must(receipts_.text("acct-42")), "")), file);
  must(receipts_.change("acct-42", [](Receipt& one) { one.state = ReceiptState::Applied; }));
  EXPECT_EQ(must(receipts_.read("acct-42")).receipt.state, ReceiptState::Applied);
  must(receipts_.put(receipt(), ""));
  EXPECT_EQ(must(receipts_.read("acct-42")).transactions.size(), 2U) << "without a text they stay";
  must(receipts_.keep_conflicts("acct-42", "text"));
  EXPECT_EQ(hw::test::file_bytes(folder_.file("losttn/acct-42.conflicts")), "text");
  must(receipts_.keep_conflicts("acct-42", ""));
  EXPECT_NE(::access(folder_.file("losttn/acct-42.conflicts").c_str(), F_OK), 0);
}

TEST_F(ReceiptsTest, AreListedAndADamagedOneIsNamed) {
  std::vector<Error> faults;
  EXPECT_TRUE(must(receipts_.list(faults)).empty()) << "there is no folder yet";
  must(receipts_.put(receipt("b-2"), ""));
  must(receipts_.put(receipt("a-1"), ""));
  std::ofstream(folder_.file("losttn/c-3.json")) << "{}";
  std::ofstream(folder_.file("losttn/other.txt")) << "x";
  const auto list = must(receipts_.list(faults));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].id, "a-1");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].id, MsgId::HWBOARDBAD);
}

TEST_F(ReceiptsTest, AnIdIsNeverAPath) {
  for (const char* const id : {"", "../x", "a/b", "a.b", "a b"}) {
    EXPECT_EQ(receipts_.put(receipt(id), "").error().id, MsgId::HWREFUSED) << id;
    EXPECT_EQ(receipts_.text(id).error().id, MsgId::HWREFUSED) << id;
  }
  EXPECT_EQ(receipts_.text("acct-1").error().id, MsgId::HWREFUSED) << "there is none";
  EXPECT_EQ(receipts_.put(receipt(), "no file of lost transactions").error().id, MsgId::HWLOSTFILE);
  EXPECT_EQ(receipts_.read("acct-42").error().id, MsgId::HWREFUSED) << "nothing was written";
}

TEST_F(ReceiptsTest, FilesOfTheOwnerAreReadAndNothingElse) {
  const RunAs self = must(own_user());
  const std::string path = folder_.file("losttn-acct-42.los");
  const auto refused = [&](const std::string& what) {
    return read_from(self, folder_.file(what), 100).error().os_errno;
  };
  must(write_for(self, path, "lost"));
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  EXPECT_EQ(must(read_from(self, path, 4)), "lost");
  EXPECT_EQ(read_from(self, path, 3).error().os_errno, EFBIG);
  EXPECT_EQ(refused("missing"), ENOENT);
  ASSERT_EQ(::symlink(path.c_str(), folder_.file("link").c_str()), 0);
  EXPECT_EQ(refused("link"), ELOOP);
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  EXPECT_NE(refused("pipe"), 0);
  ASSERT_EQ(::link(path.c_str(), folder_.file("second").c_str()), 0);
  EXPECT_EQ(refused("second"), EMLINK);
  ASSERT_EQ(::unlink(folder_.file("second").c_str()), 0);
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes files of others";
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  EXPECT_EQ(refused("losttn-acct-42.los"), EPERM);
  ASSERT_EQ(::symlink("/nowhere/at/all", folder_.file("trap").c_str()), 0);
  must(write_for(self, folder_.file("trap"), "mine"));
  EXPECT_EQ(must(read_from(self, folder_.file("trap"), 100)), "mine") << "the link was replaced, not followed";
}

}  // namespace
}  // namespace hw::cluster
