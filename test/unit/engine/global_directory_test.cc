#include "engine/globals/global_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "engine/base/checksum.h"
#include "engine/base/file.h"
#include "engine/globals/global_directory_format.h"
#include "engine/globals/key.h"
#include "engine/globals/name_pattern.h"

namespace hw {
namespace {

const std::string kGolden = HW_SOURCE_DIR "/test/golden/global-directory-1.gld";

/// One more region and segment with its own file.
void add_region(GlobalDirectoryContents& contents, const std::string& name, const std::string& file) {
  Region region;
  region.name = name;
  region.dynamic_segment = name + "SEG";
  contents.regions.push_back(region);
  Segment segment;
  segment.name = region.dynamic_segment;
  segment.file_name = file;
  contents.segments.push_back(segment);
}

/// What the golden file holds.
GlobalDirectoryContents golden_contents() {
  auto contents = GlobalDirectoryContents::defaults();
  contents.names = {{"*", "DEFAULT"}, {"X*", "XREG"},      {"b", "YREG"},
                    {"x*", "XREG"},   {"y(1:10)", "XREG"}, {"z(\"a b\",5)", "YREG"}};
  add_region(contents, "XREG", "$DATA/x");
  add_region(contents, "YREG", "/data/y.dat");
  auto& region = contents.regions[0];
  region.key_size = 255;
  region.record_size = 4000;
  region.null_subscripts = NullSubscripts::Always;
  region.journal = true;
  region.journaling.file_name = "my journal.mjl";
  contents.regions[1].journaling.before_image = false;
  contents.segments[2].access_method = AccessMethod::Mm;
  contents.locks_region = "YREG";
  contents.region_template.stats = false;
  contents.segment_template_mm.mutex_slots = 2048;
  contents.active_template = AccessMethod::Mm;
  return contents;
}

std::string with_checksum(const std::string& body) {
  return body + fmt::format("checksum {:016x}\n", checksum(as_bytes(body)));
}

std::string key(const std::string& global, std::vector<std::string> subscripts) {
  return encode_key(global, subscripts).value();
}

/// Keeps the current folder and the environment as they were.
class GlobalDirectoryFile : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    folder_ = std::filesystem::temp_directory_path() / fmt::format("hw-gd-{}", getpid());
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
    folder_ = std::filesystem::current_path();
  }
  void TearDown() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
    unsetenv("gtmgbldir");
  }
  std::filesystem::path before_, folder_;
};

TEST(GlobalDirectoryFormat, WritesTheGoldenFile) {
  EXPECT_EQ(encode_global_directory(golden_contents()), read_file(kGolden, 1 << 20).value());
}

TEST(GlobalDirectoryFormat, ReadsTheGoldenFile) {
  const auto text = read_file(kGolden, 1 << 20).value();
  EXPECT_EQ(decode_global_directory(text, "g").value(), golden_contents());
}

TEST(GlobalDirectoryFormat, EveryChangedByteIsNoticed) {
  const auto text = read_file(kGolden, 1 << 20).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(decode_global_directory(damaged, "g").error().id, MsgId::GDINVALID) << "byte " << i;
    EXPECT_FALSE(decode_global_directory(text.substr(0, i), "g").has_value()) << "cut to " << i;
  }
}

TEST(GlobalDirectoryFormat, ForeignFileIsNamedByItsLabel) {
  const auto error = decode_global_directory("GTCGBDUNX115\x01\x80zz", "/d/gtm.gld").error();
  EXPECT_EQ(error.text,
            "Unrecognized Global Directory file format: /d/gtm.gld, expected label: Headwater global directory 1, "
            "found: GTCGBDUNX115..zz");
}

TEST(GlobalDirectoryFormat, ValuesOutsideTheirLimitsAreRefused) {
  const auto body = [](const std::string& from, const std::string& to) {
    auto text = encode_global_directory(GlobalDirectoryContents::defaults());
    text.erase(text.rfind("checksum "));
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return with_checksum(text.replace(at, from.size(), to));
  };
  EXPECT_TRUE(decode_global_directory(body("key_size 64", "key_size 1019"), "g").has_value());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"key_size 64", "key_size 1020"},
                                                        {"key_size 64", "key_size 2"},
                                                        {"key_size 64", "key_size"},
                                                        {"key_size 64", "key_size -3"},
                                                        {"record_size 256", "record_size 1048577"},
                                                        {"record_size 256", "record_size 4294967297"},
                                                        {"stdnullcoll on", "stdnullcoll yes"},
                                                        {"null_subscripts NEVER", "null_subscripts SOMETIMES"},
                                                        {"region DEFAULT", "region default"},
                                                        {"locks DEFAULT", "locks 1X"},
                                                        {"  stats on\n", ""},
                                                        {"template region", "template region x"},
                                                        {"mumps.dat", "mum\tps.dat"},
                                                        {"mumps.dat", std::string(256, 'x')},
                                                        {"name * DEFAULT", "name *DEFAULT"}}) {
    const auto result = decode_global_directory(body(from, to), "g");
    ASSERT_FALSE(result.has_value()) << to;
    EXPECT_EQ(result.error().extra.size(), 1U) << to;
  }
}

TEST(GlobalDirectoryMap, TheMostExactNameWins) {
  const auto directory = GlobalDirectory::build(golden_contents(), "g").value();
  const auto region = [&](const std::string& k) { return directory.region_for(k).name; };
  EXPECT_EQ(region("a"), "DEFAULT");
  EXPECT_EQ(region("x"), "XREG");
  EXPECT_EQ(region("xyz1"), "XREG");
  EXPECT_EQ(region("Xyz"), "XREG");
  EXPECT_EQ(region("w"), "DEFAULT");
  EXPECT_EQ(region("b"), "YREG");
  EXPECT_EQ(region("b0"), "DEFAULT");
  EXPECT_EQ(region("bb"), "DEFAULT");
  EXPECT_EQ(region("%z"), "DEFAULT");
  EXPECT_EQ(region(key("b", {})), "YREG");
  EXPECT_EQ(region(key("b", {"zzz", "1"})), "YREG");
  EXPECT_EQ(region(key("b0", {"1"})), "DEFAULT");
  EXPECT_EQ(region(""), "DEFAULT");
  EXPECT_EQ(region(std::string(600, '\xff')), "DEFAULT");
}

TEST(GlobalDirectoryMap, RangesHoldTheLeftEndAndNotTheRight) {
  const auto directory = GlobalDirectory::build(golden_contents(), "g").value();
  const auto region = [&](const std::string& k) { return directory.region_for(k).name; };
  EXPECT_EQ(region(key("y", {})), "DEFAULT");
  EXPECT_EQ(region(key("y", {"0"})), "DEFAULT");
  EXPECT_EQ(region(key("y", {".999"})), "DEFAULT");
  EXPECT_EQ(region(key("y", {"1"})), "XREG");
  EXPECT_EQ(region(key("y", {"1", "deeper"})), "XREG");
  EXPECT_EQ(region(key("y", {"9.99"})), "XREG");
  EXPECT_EQ(region(key("y", {"10"})), "DEFAULT");
  EXPECT_EQ(region(key("y", {"a"})), "DEFAULT");
  EXPECT_EQ(region(key("z", {"a b", "5"})), "YREG");
  EXPECT_EQ(region(key("z", {"a b", "5", "x"})), "YREG");
  EXPECT_EQ(region(key("z", {"a b", "5.1"})), "DEFAULT");
  EXPECT_EQ(region(key("z", {"a b"})), "DEFAULT");
}

TEST(GlobalDirectoryMap, OpenRangesReachToTheEndsOfTheGlobal) {
  auto contents = GlobalDirectoryContents::defaults();
  add_region(contents, "LOW", "low");
  add_region(contents, "HIGH", "high");
  contents.names.push_back({"r(:5)", "LOW"});
  contents.names.push_back({"r(5:)", "HIGH"});
  const auto directory = GlobalDirectory::build(contents, "g").value();
  EXPECT_EQ(directory.region_for(key("r", {})).name, "DEFAULT");
  EXPECT_EQ(directory.region_for(key("r", {""})).name, "LOW");
  EXPECT_EQ(directory.region_for(key("r", {"-9"})).name, "LOW");
  EXPECT_EQ(directory.region_for(key("r", {"5"})).name, "HIGH");
  EXPECT_EQ(directory.region_for(key("r", {"zzz"})).name, "HIGH");
  EXPECT_EQ(directory.region_for(key("r0", {})).name, "DEFAULT");
}

TEST(GlobalDirectoryMap, NestedAndTouchingRangesKeepTheirOwnParts) {
  auto contents = GlobalDirectoryContents::defaults();
  add_region(contents, "A", "a");
  add_region(contents, "B", "b");
  contents.names.insert(contents.names.end(),
                        {{"y*", "A"}, {"y(1:100)", "B"}, {"y(10:20)", "A"}, {"y(15)", "B"}, {"y(20:30)", "A"}});
  const auto directory = GlobalDirectory::build(contents, "g").value();
  const auto region = [&](const char* n) { return directory.region_for(key("y", {n})).name; };
  EXPECT_EQ(region("0"), "A");
  EXPECT_EQ(region("1"), "B");
  EXPECT_EQ(region("10"), "A");
  EXPECT_EQ(region("15"), "B");
  EXPECT_EQ(region("15.5"), "A");
  EXPECT_EQ(region("25"), "A");
  EXPECT_EQ(region("30"), "B");
  EXPECT_EQ(region("100"), "A");
}

/// Each row breaks one rule and is refused with the words gde uses.
TEST(GlobalDirectoryCheck, SaysWhatDoesNotFitTogether) {
  struct Case {
    const char* text;
    void (*breakage)(GlobalDirectoryContents&);
  };
  const std::vector<Case> cases = {
      {"Region NOREG for Name x* does not exist",
       [](auto& c) {
         c.names.push_back({"x*", "NOREG"});
       }},
      {"A NAME for REGION A does not exist", [](auto& c) { c.names.pop_back(); }},
      {"A REGION for SEGMENT S does not exist",
       [](auto& c) {
         c.segments.push_back(c.segments[0]), c.segments.back().name = "S", c.segments.back().file_name = "s";
       }},
      {"Dynamic segment NOSEG for Region A does not exist", [](auto& c) { c.regions[1].dynamic_segment = "NOSEG"; }},
      {"Regions DEFAULT and A both map to Dynamic segment DEFAULT",
       [](auto& c) { c.regions[1].dynamic_segment = "DEFAULT"; }},
      {"Dynamic segments DEFAULT and ASEG both map to File ./mumps",
       [](auto& c) { c.segments[1].file_name = "./mumps"; }},
      {"Region NOREG for Name Local Locks does not exist", [](auto& c) { c.locks_region = "NOREG"; }},
      {"Name * does not exist", [](auto& c) { c.names.erase(c.names.begin()); }},
      {"Name a already exists",
       [](auto& c) {
         c.names.push_back({"a", "DEFAULT"});
       }},
      {"1x is not a valid name",
       [](auto& c) {
         c.names.push_back({"1x", "DEFAULT"});
       }},
      {"Region A needs Standard Null Collation enabled because global ^a spans through it",
       [](auto& c) {
         c.names.push_back({"a(5)", "DEFAULT"}), c.regions[1].std_null_collation = false;
       }},
      {"Range in name specifications y(5:20) and y(1:10) overlap using collation sequence #0",
       [](auto& c) {
         c.names.push_back({"y(1:10)", "A"}), c.names.push_back({"y(5:20)", "DEFAULT"});
       }},
  };
  for (const auto& each : cases) {
    auto contents = GlobalDirectoryContents::defaults();
    add_region(contents, "A", "a");
    contents.names.push_back({"a", "A"});
    ASSERT_TRUE(check(contents).empty());
    each.breakage(contents);
    const auto error = GlobalDirectory::build(contents, "g");
    ASSERT_FALSE(error.has_value()) << each.text;
    EXPECT_EQ(error.error().id, MsgId::GDINVALID);
    EXPECT_NE(error.error().render().find(each.text), std::string::npos) << error.error().render();
  }
}

TEST(GlobalDirectoryCheck, MoreRegionsThanPoolSlotsAreRefused) {
  auto contents = GlobalDirectoryContents::defaults();
  for (std::size_t i = 1; i < kRegionsMax; ++i) {
    add_region(contents, fmt::format("R{}", i), fmt::format("f{}", i));
    contents.names.push_back({fmt::format("n{}", i), fmt::format("R{}", i)});
  }
  EXPECT_TRUE(check(contents).empty());
  add_region(contents, "ONEMORE", "onemore");
  contents.names.push_back({"onemore", "ONEMORE"});
  EXPECT_EQ(check(contents).size(), 1U);
}

TEST(NamePattern, HasOneSpelling) {
  const auto text = [](std::string_view written) {
    auto pattern = parse_name_pattern(written);
    return pattern.has_value() ? pattern->text : std::string(pattern.error().name);
  };
  EXPECT_EQ(text("*"), "*");
  EXPECT_EQ(text("%a9*"), "%a9*");
  EXPECT_EQ(text("y(01)"), "y(1)");
  EXPECT_EQ(text("y(1E2)"), "y(100)");
  EXPECT_EQ(text("y(:)"), "y(\"\":\"\")");
  EXPECT_EQ(text("y(\"a,:)\",1:)"), "y(\"a,:)\",1:\"\")");
  EXPECT_EQ(text("y($c(65)_\"b\")"), "y(\"Ab\")");
  EXPECT_EQ(text(std::string(31, 'x') + "*"), std::string(31, 'x') + "*");
  EXPECT_EQ(text(std::string(32, 'x')), "VALTOOLONG");
  EXPECT_EQ(text(""), "VALUEBAD");
  EXPECT_EQ(text("**"), "VALUEBAD");
  EXPECT_EQ(text("^x"), "VALUEBAD");
  EXPECT_EQ(text("x*y"), "VALUEBAD");
  EXPECT_EQ(text("m*(1)"), "NAMSTARSUBSMIX");
  EXPECT_EQ(text("n(1)x"), "NAMRPARENNOTEND");
  EXPECT_EQ(text("n(1"), "NAMRPARENMISSING");
  EXPECT_EQ(text("n(\"a)"), "STRMISSQUOTE");
  EXPECT_EQ(text("n()"), "NAMSUBSEMPTY");
  EXPECT_EQ(text("n(1,)"), "NAMSUBSEMPTY");
  EXPECT_EQ(text("n(abc)"), "NAMSUBSBAD");
  EXPECT_EQ(text("n(1:2,3)"), "NAMRANGELASTSUB");
  EXPECT_EQ(text("n(1:2:3)"), "NAMONECOLON");
  EXPECT_EQ(text("n(10:1)"), "NAMRANGEORDER");
  EXPECT_EQ(text("n(\"" + std::string(1015, 'x') + "\")"), "NAMGVSUBOFLOW");
}

TEST_F(GlobalDirectoryFile, WhatIsSavedIsLoaded) {
  const auto directory = GlobalDirectory::build(golden_contents(), "g").value();
  ASSERT_TRUE(directory.save("d.gld").has_value());
  const auto loaded = GlobalDirectory::load("d.gld").value();
  EXPECT_EQ(loaded.contents(), golden_contents());
  EXPECT_TRUE(std::equal(loaded.map().begin(), loaded.map().end(), directory.map().begin(), directory.map().end()));
}

TEST_F(GlobalDirectoryFile, EnvironmentVariableUnsetIsPartOfTheMessage) {
  unsetenv("gtmgbldir");
  const auto error = GlobalDirectory::load_from_environment().error();
  EXPECT_EQ(error.render(), "%GTM-E-ZGBLDIRACC, Cannot access global directory " + folder_.string() +
                                "/$gtmgbldir.gld.  Cannot continue.\n%SYSTEM-E-ENO2, No such file or directory\n");
  EXPECT_EQ(error.status(), 234);
}

TEST_F(GlobalDirectoryFile, EnvironmentVariableMayOmitTheExtension) {
  ASSERT_TRUE(GlobalDirectory::build(GlobalDirectoryContents::defaults(), "g").value().save("here.gld").has_value());
  setenv("HW_TEST_FOLDER", folder_.c_str(), 1);
  setenv("gtmgbldir", "$HW_TEST_FOLDER/here", 1);
  const auto directory = GlobalDirectory::load_from_environment();
  ASSERT_TRUE(directory.has_value()) << directory.error().render();
  EXPECT_EQ(directory->path(), folder_ / "here.gld");
  unsetenv("HW_TEST_FOLDER");
}

TEST_F(GlobalDirectoryFile, FileNamesAreResolvedFromTheCurrentFolder) {
  setenv("DATA", "/srv/data", 1);
  const auto directory = GlobalDirectory::build(golden_contents(), "g").value();
  const auto& regions = directory.regions();
  EXPECT_EQ(directory.database_path(regions[0]), folder_ / "mumps.dat");
  EXPECT_EQ(directory.database_path(regions[1]), "/srv/data/x.dat");
  EXPECT_EQ(directory.journal_path(regions[0]), folder_ / "my journal.mjl");
  EXPECT_EQ(directory.journal_path(regions[1]), "/srv/data/x.mjl");
  EXPECT_EQ(directory.journal_path(regions[2]), "/data/y.mjl");
  unsetenv("DATA");
  EXPECT_EQ(resolve_file_name("$DATA/x", ".dat"), folder_ / "$DATA/x.dat");
  EXPECT_EQ(resolve_file_name("/a.b/c", ".dat"), "/a.b/c.dat");
}

TEST(GlobalDirectoryLookup, NamesOfObjectsIgnoreCase) {
  const auto directory = GlobalDirectory::build(golden_contents(), "g").value();
  ASSERT_NE(directory.find_region("xreg"), nullptr);
  EXPECT_EQ(directory.segment_of(*directory.find_region("xreg")).name, "XREGSEG");
  EXPECT_EQ(directory.find_region("nope"), nullptr);
  EXPECT_EQ(directory.find_segment("yregseg")->file_name, "/data/y.dat");
}

}  // namespace
}  // namespace hw
