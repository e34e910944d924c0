// replicate -instance_create, command line to file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "engine/base/boot.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/shared_memory.h"
#include "mupip/dispatch.h"
#include "replic/instance/instance_file.h"

namespace hw::mupip {
namespace {

class InstanceCreate : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "instXXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/gtm.repl";
    ::setenv("gtm_repl_instance", path_.c_str(), 1);
    ::unsetenv("gtm_repl_instname");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  int run(std::string_view arguments) {
    std::istringstream in;
    std::ostringstream out, err;
    Console console{in, out, err};
    const int status = run_line("replicate -inst" + std::string(arguments), console);
    EXPECT_EQ(out.str(), "");
    error_ = err.str();
    return status;
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator all(folder_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  std::string folder_, path_, error_;
};

TEST_F(InstanceCreate, MakesAFileOfThatName) {
  EXPECT_EQ(run(" -name=\"my inst\""), 0) << error_;
  EXPECT_EQ(error_, "");
  const auto file = InstanceFile::open(path_);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->header().name, "my inst");
}

TEST_F(InstanceCreate, APathThatNoCommandCouldUseIsRefused) {
  const std::string path = folder_ + "/" + std::string(kPathBytesMax - folder_.size(), 'r');
  ::setenv("gtm_repl_instance", path.c_str(), 1);
  EXPECT_NE(run(" -name=A"), 0);
  EXPECT_TRUE(error_.starts_with("%GTM-E-FILENAMETOOLONG")) << error_;
  EXPECT_EQ(files(), 0);
}

TEST_F(InstanceCreate, NameRules) {
  EXPECT_EQ(run(""), 98);
  EXPECT_EQ(error_, "%GTM-E-REPLINSTNMUNDEF, Replication instance name not defined\n");
  EXPECT_EQ(run(" -name=ABCDEFGHIJKLMNOP"), 106);
  EXPECT_EQ(error_,
            "%GTM-E-REPLINSTNMLEN, Replication instance name ABCDEFGHIJKLMNOP should be 1 to 15 characters long\n");
  EXPECT_EQ(run(" -name="), 106);
  EXPECT_EQ(error_, "%GTM-E-CLIERR, Unrecognized option : NAME, value expected but not found\n");
  ::setenv("gtm_repl_instname", "", 1);
  EXPECT_EQ(run(""), 106);
  ::setenv("gtm_repl_instname", "FROMENV", 1);
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(run(""), 0) << error_;
  EXPECT_EQ(InstanceFile::open(path_)->header().name, "FROMENV");
  EXPECT_EQ(run(" -name=FROMCMD"), 0) << error_;
  EXPECT_EQ(InstanceFile::open(path_)->header().name, "FROMCMD");
}

TEST_F(InstanceCreate, AnExistingFileIsRenamedUnlessNoreplace) {
  ASSERT_EQ(run(" -name=A"), 0);
  EXPECT_EQ(run(" -name=B -noreplace"), 138);
  EXPECT_EQ(error_, "%GTM-E-FILEEXISTS, File " + path_ + " already exists\n");
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(run(" -name=B"), 0);
  EXPECT_EQ(error_.rfind("%GTM-I-FILERENAME, File " + path_ + " is renamed to " + path_ + "_", 0), 0U) << error_;
  EXPECT_EQ(files(), 2U);
}

TEST_F(InstanceCreate, TheEnvironmentMustNameTheFile) {
  ::setenv("gtm_repl_instance", "", 1);
  EXPECT_EQ(run(" -name=A"), 122);
  ::unsetenv("gtm_repl_instance");
  EXPECT_EQ(run(" -name=A"), 122);
  ::setenv("gtm_repl_instance", (folder_ + "/none/gtm.repl").c_str(), 1);
  EXPECT_EQ(run(" -name=A"), 122) << error_;
  EXPECT_NE(error_.find("%SYSTEM-E-ENO2, No such file or directory\n"), std::string::npos) << error_;
}

TEST_F(InstanceCreate, AFileWhosePoolExistsStays) {
  ASSERT_EQ(run(" -name=A"), 0);
  const auto pool = SharedMemory::create(4096);
  ASSERT_TRUE(pool.has_value());
  auto file = InstanceFile::open(path_);
  ASSERT_TRUE(file->update_header([&](InstanceHeader& header) {
                    header.jnlpool_shmid = static_cast<std::uint32_t>(pool->id());
                    header.jnlpool_boot_id = boot_id();
                  })
                  .has_value());
  EXPECT_EQ(run(" -name=B"), 162);
  EXPECT_EQ(error_,
            "%GTM-E-REPLINSTSTNDALN, Could not get exclusive access to replication instance file " + path_ + "\n");
  EXPECT_EQ(run(" -name=B -noreplace"), 138);
  ASSERT_TRUE(SharedMemory::remove(pool->id()).has_value());
  EXPECT_EQ(files(), 1U);
}

TEST_F(InstanceCreate, SupplementaryIsRefused) {
  EXPECT_EQ(run(" -name=A -supplementary"), 250);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace hw::mupip
