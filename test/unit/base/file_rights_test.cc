// Owner, group and mode of what belongs to a database: docs/security.md.
#include "engine/base/file_rights.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <vector>

#include "engine/base/shared_memory.h"

namespace hw {
namespace {

class FileRightsTest : public ::testing::Test {
 protected:
  FileRightsTest() : former_umask_(::umask(022)) {
    std::string name = ::testing::TempDir() + "rights-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~FileRightsTest() override {
    ::umask(former_umask_);
    for (const char* name : {"a", "b", "c"}) ::unlink(path(name).c_str());
    ::rmdir(folder_.c_str());
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  FileRights own(mode_t mode) const { return {::geteuid(), ::getegid(), mode}; }

  mode_t former_umask_;
  std::string folder_;
};

TEST_F(FileRightsTest, FollowTheModelWhateverTheUmaskIs) {
  struct Row {
    mode_t model;
    Likeness likeness;
    mode_t umask;
    mode_t expected;
  };
  const Row rows[] = {
      {0664, Likeness::Same, 077, 0664},   {0600, Likeness::Same, 000, 0600},   {0640, Likeness::Same, 022, 0640},
      {0664, Likeness::Shared, 077, 0666}, {0640, Likeness::Shared, 022, 0660}, {0600, Likeness::Shared, 000, 0600},
      {0664, Likeness::Narrow, 027, 0640}, {0600, Likeness::Narrow, 022, 0600}, {0666, Likeness::Narrow, 077, 0600},
  };
  for (const Row& row : rows) {
    ::umask(row.umask);
    const auto made = create_like(path("a"), own(row.model), row.likeness);
    ASSERT_TRUE(made.has_value()) << made.error().render();
    EXPECT_EQ(rights_of(*made).value(), own(row.expected)) << std::oct << row.model << ", umask " << row.umask;
    ::unlink(path("a").c_str());
  }
}

struct ListEntry {
  std::uint16_t tag;
  std::uint16_t permissions;
  std::uint32_t id;
};
std::string list_of(const std::vector<ListEntry>& entries) {
  std::string acl("\2\0\0\0", 4);
  acl.append(reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof(ListEntry));
  return acl;
}

/// An access control list: owner rw, user 4711 as given, group nothing, mask, others nothing.
std::string acl_with_user(std::uint16_t permissions, std::uint16_t mask) {
  constexpr std::uint32_t kNoId = 0xFFFFFFFF;
  return list_of(
      {{0x01, 6, kNoId}, {0x02, permissions, 4711}, {0x04, 0, kNoId}, {0x10, mask, kNoId}, {0x20, 0, kNoId}});
}

std::string stored_acl(const File& file) {
  std::string acl(1000, '\0');
  const ssize_t got = ::fgetxattr(file.fd(), "system.posix_acl_access", acl.data(), acl.size());
  acl.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return acl;
}

// The mode of a file with a list shows the list's mask where the group's bits are: the group must not get it.
TEST_F(FileRightsTest, AnAccessControlListIsFollowedAndItsMaskIsNotTheGroups) {
  const auto model = create_like(path("a"), own(0600), Likeness::Same);
  ASSERT_TRUE(model.has_value());
  const std::string acl = acl_with_user(4, 4);
  if (::fsetxattr(model->fd(), "system.posix_acl_access", acl.data(), acl.size(), 0) != 0)
    GTEST_SKIP() << "no access control lists on this file system";
  const FileRights rights = rights_of(*model).value();
  EXPECT_EQ(rights.mode, 0600u);
  EXPECT_EQ(rights.acl, acl);
  EXPECT_EQ(rights_of(path("a")).value(), rights);
  const auto same = create_like(path("b"), rights, Likeness::Same);
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(stored_acl(*same), acl);
  ASSERT_TRUE(open_or_create_like(path("b"), rights, Likeness::Same).has_value());
  EXPECT_EQ(stored_acl(*same), acl) << "opened again";
  const auto shared = create_like(path("c"), rights, Likeness::Shared);
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(stored_acl(*shared), acl_with_user(6, 6));
  ::unlink(path("b").c_str());
  const auto narrow = create_like(path("b"), rights, Likeness::Narrow);
  ASSERT_TRUE(narrow.has_value());
  EXPECT_EQ(stored_acl(*narrow), "");
  EXPECT_EQ(rights_of(*narrow).value().mode, 0600u);
}

TEST_F(FileRightsTest, OneThatIsThereIsNotMadeAgain) {
  ASSERT_TRUE(create_like(path("a"), own(0600), Likeness::Same).has_value());
  const auto again = create_like(path("a"), own(0600), Likeness::Same);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().os_errno, EEXIST);
}

TEST_F(FileRightsTest, ALinkThatLeadsNowhereIsAnErrorAndNotWaitedFor) {
  ASSERT_EQ(::symlink("/nowhere/at/all", path("a").c_str()), 0);
  const auto opened = open_or_create_like(path("a"), own(0600), Likeness::Shared);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().os_errno, ENOENT);
}

TEST_F(FileRightsTest, ItsOwnerPutsRightWhatDiffers) {
  ASSERT_TRUE(open_or_create_like(path("a"), own(0600), Likeness::Shared).has_value());
  ASSERT_TRUE(open_or_create_like(path("a"), own(0644), Likeness::Shared).has_value());
  EXPECT_EQ(rights_of(path("a")).value().mode, 0666u);
}

TEST_F(FileRightsTest, ANewFileInALeftOnesPlaceIsEmpty) {
  const auto old = create_like(path("a"), own(0600), Likeness::Same);
  ASSERT_TRUE(old.has_value() && old->write_all(0, as_bytes("checksumHWJNL001 and what was secret")).has_value());
  const auto made = replace_like(path("a"), own(0640), Likeness::Same);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->size().value(), 0u);
  EXPECT_EQ(rights_of(*made).value().mode, 0640u);
}

TEST_F(FileRightsTest, WhatNoProcessOfOursLeftIsNotReplaced) {
  const auto letter = create_like(path("a"), own(0600), Likeness::Same);
  ASSERT_TRUE(letter.has_value() && letter->write_all(0, as_bytes("to somebody")).has_value());
  const auto journal = create_like(path("b"), own(0600), Likeness::Same);
  ASSERT_TRUE(journal.has_value() && journal->write_all(0, as_bytes("checksumHWJNL001")).has_value());
  ASSERT_EQ(::symlink(path("b").c_str(), path("c").c_str()), 0);
  for (const char* name : {"a", "c"}) {
    const auto made = replace_like(path(name), own(0640), Likeness::Same);
    ASSERT_FALSE(made.has_value()) << name;
    EXPECT_EQ(made.error().os_errno, EEXIST);
    EXPECT_NE(made.error().render().find(path(name)), std::string::npos);
  }
  EXPECT_EQ(letter->size().value(), 11u);
  EXPECT_EQ(journal->size().value(), 16u);
  EXPECT_EQ(rights_of(*journal).value().mode, 0600u);
}

TEST_F(FileRightsTest, SeveralModelsGiveWhatAllOfThemAllow) {
  const FileRights models[] = {{1, 2, 0664}, {1, 2, 0640}};
  EXPECT_EQ(common_rights(models), (FileRights{1, 2, 0640}));
  const FileRights other_groups[] = {{1, 2, 0664}, {1, 3, 0660}};
  EXPECT_EQ(common_rights(other_groups), (FileRights{1, ::getegid(), 0600}));
}

TEST_F(FileRightsTest, RootGivesFilesAndSharedMemoryToTheOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const FileRights model{20001, 30000, 0660};
  const auto made = create_like(path("a"), model, Likeness::Same);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(rights_of(*made).value(), model);
  const auto memory = SharedMemory::create(4096, model);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(SharedMemory::rights(memory->id()).value(), model);
  EXPECT_TRUE(SharedMemory::remove(memory->id()).has_value());
}

/// What `look` finds as user 20009 of group 30009, who may write the folder.
bool as_another_user(const std::string& folder, const std::function<bool()>& look) {
  if (::chmod(folder.c_str(), 0777) != 0) return false;
  const pid_t child = ::fork();
  if (child == 0) {
    const bool other = ::setgroups(0, nullptr) == 0 && ::setregid(30009, 30009) == 0 && ::setreuid(20009, 20009) == 0;
    ::_exit(other && look() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Or they would be locked out by whoever makes the next journal. The maker's own group is a stranger.
TEST_F(FileRightsTest, OwnerAndGroupThatCannotBeGivenAreNamedInAList) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  constexpr std::uint32_t kNoId = 0xFFFFFFFF;
  struct Row {
    mode_t model;
    Likeness likeness;
    mode_t mode;
    std::vector<ListEntry> entries;
  };
  const Row rows[] = {
      {0664,
       Likeness::Same,
       0644,
       {{1, 6, kNoId}, {2, 6, 20001}, {4, 4, kNoId}, {8, 6, 30000}, {0x10, 6, kNoId}, {0x20, 4, kNoId}}},
      {0640,
       Likeness::Shared,
       0600,
       {{1, 6, kNoId}, {2, 6, 20001}, {4, 0, kNoId}, {8, 6, 30000}, {0x10, 6, kNoId}, {0x20, 0, kNoId}}},
      {0640, Likeness::Narrow, 0600, {}},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(as_another_user(folder_,
                                [&] {
                                  const auto made = create_like(path("b"), {20001, 30000, row.model}, row.likeness);
                                  if (!made.has_value()) return false;
                                  const FileRights rights = rights_of(*made).value();
                                  return rights.user == 20009 && rights.group == 30009 && rights.mode == row.mode &&
                                         (rights.acl.empty() ? row.entries.empty()
                                                             : rights.acl == list_of(row.entries));
                                }))
        << std::oct << row.model;
    ::unlink(path("b").c_str());
  }
  const FileRights with_list{20001, 30000, 0640, acl_with_user(6, 6)};
  EXPECT_TRUE(as_another_user(folder_, [&] {
    const auto made = create_like(path("b"), with_list, Likeness::Same);
    const std::vector<ListEntry> expected = {{1, 6, kNoId}, {2, 6, 4711},     {2, 6, 20001},   {4, 0, kNoId},
                                             {8, 0, 30000}, {0x10, 6, kNoId}, {0x20, 0, kNoId}};
    return made.has_value() && stored_acl(*made) == list_of(expected);
  }));
}

// As setfacl -d gives it: what belongs to a database is for the same users as the database.
TEST_F(FileRightsTest, AListThatTheFolderGivesIsNotKept) {
  const std::string acl = acl_with_user(6, 6);
  if (::setxattr(folder_.c_str(), "system.posix_acl_default", acl.data(), acl.size(), 0) != 0)
    GTEST_SKIP() << "no access control lists on this file system";
  for (const Likeness likeness : {Likeness::Same, Likeness::Shared}) {
    const auto made = create_like(path("a"), own(0660), likeness);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(rights_of(*made).value(), own(0660));
    ::unlink(path("a").c_str());
  }
}

TEST_F(FileRightsTest, WhatMayNotBeLookedAtCountsAsBeingThere) {
  EXPECT_FALSE(file_exists(path("a")));
  EXPECT_FALSE(file_exists(path("a/b")));
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool other = ::setreuid(20009, 20009) == 0;
    ::_exit(other && file_exists(path("a")) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace hw
