// As whom a process runs that root starts, and what becomes of its output.
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include "cluster/keeper/output_files.h"
#include "test/unit/cluster_keeper/process_fixture.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using test_stage::must;
using test_stage::OneProcess;
using test_stage::status_field;

class AsRoot : public OneProcess {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    OneProcess::SetUp();
    nobody_ = must(user_named("nobody")).value();
  }
  LaunchSpec as_nobody(const std::string& script) const {
    LaunchSpec spec = logged(script);
    spec.what.user = nobody_;
    return spec;
  }
  void make_log_folder(uid_t owner, mode_t mode) const {
    ASSERT_TRUE(std::filesystem::create_directory(folder_.file("log")));
    ASSERT_EQ(::chown(folder_.file("log").c_str(), owner, owner == 0 ? 0 : nobody_.gid), 0);
    ASSERT_EQ(::chmod(folder_.file("log").c_str(), mode), 0);
  }
  /// The start fails by that errno, and what is at `untouched` stays as it was.
  void expect_refused(int number, const std::string& untouched) {
    start(as_nobody("echo ran"));
    ASSERT_TRUE(wait([&] { return failure_ || end_; }));
    ASSERT_TRUE(failure_.has_value());
    EXPECT_EQ(failure_->os_errno, number) << failure_->lines();
    EXPECT_EQ(content(untouched), "secret");
    struct stat info {};
    ASSERT_EQ(::stat(folder_.file(untouched).c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0U);
  }

  RunAs nobody_;
};

TEST_F(AsRoot, AServerHasTheUserAndAllItsGroupsAndNothingOfRoot) {
  std::vector<gid_t> before(65'536);
  const int count = ::getgroups(static_cast<int>(before.size()), before.data());
  ASSERT_GE(count, 0);
  const gid_t agents = 4;
  ASSERT_EQ(::setgroups(1, &agents), 0);
  const std::string printed =
      run_and_read(as_nobody("id -u; id -g; id -G; echo $USER $HOME; cat /proc/self/status; cat /etc/shadow"));
  ASSERT_EQ(::setgroups(static_cast<std::size_t>(count), before.data()), 0);
  EXPECT_TRUE(printed.starts_with(fmt::format("{0}\n{1}\n{2}\n{3} {4}\n", nobody_.uid, nobody_.gid,
                                              fmt::join(nobody_.groups, " "), nobody_.name, nobody_.home)))
      << printed;
  EXPECT_NE(printed.find(fmt::format("Uid:\t{0}\t{0}\t{0}\t{0}\n", nobody_.uid)), std::string::npos);
  EXPECT_NE(printed.find("CapEff:\t0000000000000000"), std::string::npos);
  EXPECT_NE(content("log/out.err").find("Permission denied"), std::string::npos);
  struct stat info {};
  ASSERT_EQ(::stat(folder_.file("log/out.out").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, nobody_.uid);
  EXPECT_EQ(info.st_mode & 07777, 0640U);
}

TEST_F(AsRoot, AServerThatRanAsAnotherUserBeforeKeepsItsOutput) {
  EXPECT_EQ(run_and_read(logged("echo root")), "root\n");
  end_.reset();
  EXPECT_EQ(run_and_read(as_nobody("echo nobody")), "root\nnobody\n");
}

TEST_F(AsRoot, NoLinkLeadsItsOutputToAFileOfRoots) {
  hw::test::write_file(folder_.file("secret"), "secret");
  make_log_folder(nobody_.uid, 0755);
  std::filesystem::create_symlink(folder_.file("secret"), folder_.file("log/out.out"));
  expect_refused(ELOOP, "secret");
  std::filesystem::remove(folder_.file("log/out.out"));
  failure_.reset();
  std::filesystem::create_hard_link(folder_.file("secret"), folder_.file("log/out.out"));
  expect_refused(EACCES, "secret");
}

TEST_F(AsRoot, InRootsFolderLinksAreNotGivenAwayEither) {
  hw::test::write_file(folder_.file("secret"), "secret");
  make_log_folder(0, 0755);
  std::filesystem::create_hard_link(folder_.file("secret"), folder_.file("log/out.out"));
  expect_refused(EACCES, "secret");
}

TEST_F(AsRoot, AFolderThatSomebodyElseLinkedIsNotUsed) {
  make_log_folder(0, 0755);
  std::filesystem::create_directory_symlink(folder_.file("log"), folder_.file("link"));
  LaunchSpec spec = as_nobody("echo ran");
  spec.output_base = folder_.file("link/out");
  EXPECT_TRUE(prepare_output(spec.output_base, nobody_, 022).has_value());  // Root's own link.
  std::filesystem::remove(folder_.file("log/out.out"));
  ASSERT_EQ(::lchown(folder_.file("link").c_str(), nobody_.uid, nobody_.gid), 0);
  const auto prepared = prepare_output(spec.output_base, nobody_, 022);
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().os_errno, ELOOP);
  EXPECT_FALSE(has("log/out.out"));
}

TEST_F(AsRoot, WhatIsNoFileTakesNoOutput) {
  make_log_folder(0, 0755);
  ASSERT_EQ(::mkfifo(folder_.file("log/out.out").c_str(), 0666), 0);
  const Descriptor reader(::open(folder_.file("log/out.out").c_str(), O_RDONLY | O_NONBLOCK));
  start(logged("echo ran"));
  ASSERT_TRUE(wait([&] { return failure_ || end_; }));
  ASSERT_TRUE(failure_.has_value());
  EXPECT_EQ(failure_->os_errno, EINVAL);
}

TEST_F(AsRoot, ServersRunAsTheOwnerOfTheirInstanceAndAsRootOnlyWhereItIsRoots) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_.file("db")));
  EXPECT_EQ(must(user_of_server("source:B", folder_.file("db"), "")).uid, 0U);
  EXPECT_EQ(must(user_of_server("report", folder_.file("db"), "nobody")).uid, nobody_.uid);
  EXPECT_EQ(must(user_of_server("report", folder_.file("db"), "root")).uid, 0U);
  ASSERT_EQ(::chown(folder_.file("db").c_str(), nobody_.uid, nobody_.gid), 0);
  EXPECT_EQ(must(user_of_server("source:B", folder_.file("db"), "")).uid, nobody_.uid);
  const auto as_root = user_of_server("report", folder_.file("db"), "root");
  ASSERT_FALSE(as_root.has_value());
  EXPECT_EQ(as_root.error().lines().substr(0, 58), "%GTM-E-HWDENIED, root may not start report as root\n%GTM-I-");
  const auto unknown = user_of_server("report", folder_.file("db"), "no such user");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().id, MsgId::HWDENIED);
  EXPECT_EQ(user_of_server("report", folder_.file("nowhere"), "").error().os_errno, ENOENT);
}

TEST_F(AsRoot, AUserWithoutANameIsANumber) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_.file("db")));
  ASSERT_EQ(::chown(folder_.file("db").c_str(), 54321, 12345), 0);
  const RunAs user = must(user_of_server("report", folder_.file("db"), ""));
  EXPECT_EQ(user.name, "54321");
  EXPECT_EQ(user.groups, std::vector<gid_t>{12345});
  LaunchSpec spec = logged("id -u; id -G");
  spec.what.user = user;
  EXPECT_EQ(run_and_read(spec), "54321\n12345\n");
}

TEST_F(AsRoot, AnAgentThatIsNotRootStartsNobodyElsesServers) {
  LaunchSpec spec = logged("echo ran");  // As root.
  spec.output_base.clear();
  spec.what.folder = "/";
  const int status = hw::test::in_child({}, [&] {
    HW_CHECK(::setgroups(0, nullptr) == 0);
    HW_CHECK(::setresgid(nobody_.gid, nobody_.gid, nobody_.gid) == 0);
    HW_CHECK(::setresuid(nobody_.uid, nobody_.uid, nobody_.uid) == 0);
    EXPECT_EQ(must(user_of_server("report", folder_.path(), "")).uid, nobody_.uid);
    EXPECT_EQ(must(user_of_server("report", folder_.path(), "nobody")).uid, nobody_.uid);
    const auto other = user_of_server("report", folder_.path(), "root");
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error().text, "nobody may not start report as root");
    // Were it tried all the same, the kernel would refuse it.
    EventLoop loop;
    must(loop.open());
    std::optional<Error> failure;
    Process::Events told;
    told.failed = [&](const Error& why) { failure = why; };
    const auto process = must(Process::start(loop, spec, told));
    process->go();
    EXPECT_TRUE(loop.run_until(EventLoop::Clock::now() + 60s, [&] { return failure.has_value(); }));
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->os_errno, EPERM);
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace hw::cluster
