#include "cluster/agent/agent_options.h"

#include <gtest/gtest.h>

#include <map>

#include "cluster/agent/ini_file.h"
#include "test/support/test_folder.h"

namespace hw::cluster {
namespace {

using Variables = std::map<std::string, std::string>;

Result<AgentOptions> read(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  const Environment environment = [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  return read_agent_options(arguments, environment, {"n7", "/opt/headwater"});
}

MsgId refused(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  const auto options = read(arguments, variables);
  return options.has_value() ? MsgId::TEXT : options.error().id;
}

constexpr const char* kIni =
    "; two nodes of one host\n"
    "[n1]\nHOME=/usr\nDIR=/var/n1\nRAC_PORT=7600\n"
    "[n2]\nTMAXDIR=/var/n2\nTMAX_RAC_PORT=7601\n";

TEST(AgentOptions, DefaultsAreThoseOfTheHost) {
  const auto options = read({});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->node, "n7");
  EXPECT_EQ(options->dir, "/var/lib/headwater/n7");
  EXPECT_EQ(options->home, "/opt/headwater");
  EXPECT_EQ(options->address, "127.0.0.1");
  EXPECT_FALSE(options->port);
  EXPECT_EQ(options->security.mode, LinkSecurity::Mode::None);
}

TEST(AgentOptions, OptionsComeBeforeTheIniFileAndThatBeforeTheEnvironment) {
  const test::TestFolder folder;
  test::write_file(folder.file("nodes.ini"), kIni);
  const Variables variables{{"HW_NODE", "n9"}, {"HW_DIR", "/env"}, {"HW_HOME", "/env"}, {"HW_RAC_PORT", "9"}};
  const auto options =
      read({"-d", "-k", "-f", "3", "-P", "027", "-t", "-1", "-i", folder.file("nodes.ini"), "-l", "n2"}, variables);
  ASSERT_TRUE(options.has_value()) << options.error().text;
  EXPECT_TRUE(options->debug);
  EXPECT_TRUE(options->passive);
  EXPECT_EQ(options->generation, 3u);
  EXPECT_EQ(options->umask, "027");
  EXPECT_EQ(options->wait, Milliseconds(-1000));
  EXPECT_EQ(options->node, "n2");
  EXPECT_EQ(options->dir, "/var/n2");
  EXPECT_EQ(options->home, "/env") << "the section says nothing of it";
  EXPECT_EQ(options->port, 7601);
}

TEST(AgentOptions, TheEnvironmentHasOldNamesToo) {
  const auto options = read({}, {{"TMAX_RAC_PORT", "7605"}, {"TMAX_RAC_IPV6", "IPV6"}, {"HW_KEY_FILE", "/key"}});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->port, 7605);
  EXPECT_EQ(options->address, "::1");
  EXPECT_EQ(options->security.mode, LinkSecurity::Mode::Key);
  EXPECT_EQ(read({}, {{"HW_CA", "/ca"}})->security.mode, LinkSecurity::Mode::Tls);
}

TEST(AgentOptions, WhatCannotBeUsedIsSaid) {
  EXPECT_EQ(refused({"-x"}), MsgId::CLIERR);
  EXPECT_EQ(refused({"-f"}), MsgId::CLIERR);
  EXPECT_EQ(refused({"-f", "0"}), MsgId::CLIERR);
  EXPECT_EQ(refused({"-f", "3x"}), MsgId::CLIERR);
  EXPECT_EQ(refused({"-P", "99"}), MsgId::CLIERR);
  EXPECT_EQ(refused({"more"}), MsgId::CLIERR);
  EXPECT_EQ(refused({"-t", "0"}), MsgId::HWBADWAIT);
  EXPECT_EQ(refused({"-t", "soon"}), MsgId::CLIERR);
  EXPECT_EQ(refused({}, {{"HW_NODE", "no node"}}), MsgId::HWNOSTART);
  EXPECT_EQ(refused({}, {{"HW_RAC_PORT", "70000"}}), MsgId::HWNOSTART);
  EXPECT_EQ(refused({}, {{"HW_RAC_IPV6", "SDP"}}), MsgId::HWNOSDP);
  EXPECT_EQ(refused({"-i", "/no/such/file"}), MsgId::HWNOSTART);
}

TEST(AgentOptions, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(read({"-h"}, {{"HW_NODE", "no node"}})->help);
  EXPECT_TRUE(read({"-V"})->version);
}

TEST(IniFile, APortStandsOnce) {
  const auto twice = ini_section("[n1]\nRAC_PORT=7600\n[n2]\nRAC_PORT=7600\n", "f.ini", "n1");
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().text, "Port 7600 of n1 and n2");
  const auto missing = ini_section(kIni, "f.ini", "n3");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().text, "No section n3 in f.ini");
  EXPECT_EQ(ini_section("[n1]\nRAC_PORT=many\n", "f.ini", "n1").error().id, MsgId::HWNOSTART);
  EXPECT_EQ(ini_section("[n1\n", "f.ini", "n1").error().id, MsgId::HWNOSTART);
}

}  // namespace
}  // namespace hw::cluster
