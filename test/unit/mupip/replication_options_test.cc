// From a replicate command line to option structs: values, defaults, and the texts and statuses of refusals.
#include <gtest/gtest.h>

#include "mupip/grammars.h"
#include "replic/receiver/receiver_options.h"
#include "replic/source/source_options.h"

namespace hw::mupip {
namespace {

constexpr const Grammar* kCommands[] = {&kReplicate};
constexpr std::string_view kMupclierr = "%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n";

ParsedCommand parse(std::string_view arguments) {
  auto parsed = parse_command(kCommands, "replicate " + std::string(arguments));
  EXPECT_TRUE(parsed.has_value()) << arguments << ": " << (parsed.has_value() ? "" : parsed.error().render());
  return parsed.has_value() ? std::move(*parsed) : ParsedCommand{};
}

template <typename T>
void expect_refused(const Result<T>& result, std::string_view lines) {
  ASSERT_FALSE(result.has_value()) << lines;
  EXPECT_EQ(result.error().render(), std::string(lines) + std::string(kMupclierr));
  EXPECT_EQ(result.error().status(), 250);
}

TEST(SourceOptions, StartWithEverything) {
  const auto options =
      parse_source_start(parse("-so -start -insts=INSTB -secon=[::1]:41020 -log=./b.log -log_i=7 -buffsize=0x200000 "
                               "-connectparams=1,2,3,4,5,6 -filter=\"awk -f x\" -cmplvl=3 -prop -jnlfileonly"),
                         nullptr);
  ASSERT_TRUE(options.has_value()) << options.error().render();
  EXPECT_EQ(options->secondary_name.view(), "INSTB");
  EXPECT_EQ(options->secondary, (HostPort{"::1", 41020}));
  EXPECT_EQ(options->role, InstanceRole::Propagating);
  EXPECT_EQ(options->log_path, "./b.log");
  EXPECT_EQ(options->log_interval_transactions, 7U);
  EXPECT_EQ(options->pool_bytes, 0x200000U);
  EXPECT_EQ(options->connect, (ConnectParameters{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(options->filter_command, "awk -f x");
  EXPECT_EQ(options->compression_level, 3U);
  EXPECT_TRUE(options->journal_files_only);
}

TEST(SourceOptions, ARefreshPortIsOneOfThisMachine) {
  const auto port = [](std::string_view text) {
    return parse_source_start(parse("-source -start -passive -log=x -refreshport=" + std::string(text)), "B");
  };
  EXPECT_EQ(port("41021")->refresh_port, 41021);
  EXPECT_FALSE(parse_source_start(parse("-source -start -passive -log=x"), "B")->refresh_port.has_value());
  for (const std::string_view wrong : {"0", "65536"})
    expect_refused(port(wrong), "Invalid value for REFRESHPORT qualifier, must be in the range [1,65535]\n");
}

// What is ours beside GT.M's names must not take an abbreviation away.
TEST(SourceOptions, RefreshIsKnownByItsFullNameOnly) {
  EXPECT_EQ(&parse("-re -checkhealth").grammar(), &kReplicateReceiver);
  EXPECT_EQ(&parse("-refresh -from=a:1").grammar(), &kReplicateRefresh);
  EXPECT_FALSE(parse_command(kCommands, "replicate -refres -from=a:1").has_value());
  EXPECT_FALSE(parse_command(kCommands, "replicate -refresh").has_value());
  EXPECT_FALSE(parse_command(kCommands, "replicate -refresh -from=a:1 -listenport=5").has_value());
  EXPECT_FALSE(parse_command(kCommands, "replicate -source -passive -refreshport=5 -checkhealth").has_value());
}

TEST(SourceOptions, RolesDefaultToRootWhenActiveAndPropagateWhenPassive) {
  const auto role = [](std::string_view line) { return parse_source_start(parse(line), "B")->role; };
  EXPECT_EQ(role("-source -start -passive -log=x"), InstanceRole::Propagating);
  EXPECT_EQ(role("-source -start -passive -log=x -root"), InstanceRole::Root);
  EXPECT_EQ(role("-source -start -passive -log=x -updok"), InstanceRole::Root);
  EXPECT_EQ(role("-source -start -secondary=a:1 -log=x"), InstanceRole::Root);
  EXPECT_EQ(role("-source -start -secondary=a:1 -log=x -updnotok"), InstanceRole::Propagating);
  EXPECT_EQ(parse_source_activate(parse("-source -activate -secondary=a:1"), "B")->role, InstanceRole::Root);
  EXPECT_EQ(parse_source_deactivate(parse("-source -deactivate"), "B")->role, InstanceRole::Propagating);
}

TEST(SourceOptions, TheNameComesFromTheQualifierThenTheEnvironment) {
  const auto bare = parse("-source -checkhealth");
  EXPECT_FALSE(optional_secondary(bare, nullptr)->has_value());
  EXPECT_EQ((*optional_secondary(bare, "ENV"))->view(), "ENV");
  EXPECT_EQ(required_secondary(parse("-source -checkhealth -inst=QUAL"), "ENV")->view(), "QUAL");
  expect_refused(required_secondary(bare, nullptr),
                 "%GTM-E-REPLINSTSECUNDF, Secondary replication instance name not defined\n");
  expect_refused(optional_secondary(bare, ""),
                 "%GTM-E-REPLINSTSECLEN, Secondary replication instance name  should be 1 to 15 characters long\n");
  expect_refused(optional_secondary(parse("-source -checkhealth -inst=ABCDEFGHIJKLMNOP"), nullptr),
                 "%GTM-E-REPLINSTSECLEN, Secondary replication instance name ABCDEFGHIJKLMNOP should be 1 to 15 "
                 "characters long\n");
}

TEST(SourceOptions, HostAndPort) {
  EXPECT_EQ(*parse_host_port("a.b.c:65535"), (HostPort{"a.b.c", 65535}));
  EXPECT_EQ(*parse_host_port(":5"), (HostPort{"", 5}));
  EXPECT_EQ(*parse_host_port("[fe80::1%eth0]:5"), (HostPort{"fe80::1%eth0", 5}));
  for (const auto* text : {"127.0.0.1", "[::1]", "[::1]x:5", ""})
    expect_refused(parse_host_port(text), "Secondary port number should be specified\n");
  for (const auto* port : {"", "xyz", "0", "-1", "0x10", "65536", "5x", ":1:55"})
    expect_refused(parse_host_port("a:" + std::string(port)),
                   "Error parsing secondary port number " + std::string(port) + "\n");
  for (const auto* text : {"[::1", "[]:5"})
    expect_refused(parse_host_port(text), "Invalid IP address " + std::string(text) + "\n");
}

TEST(SourceOptions, ConnectParametersAndTheirRefusals) {
  EXPECT_EQ(*parse_connect_parameters("7"), (ConnectParameters{.hard_tries_count = 7}));
  EXPECT_EQ(*parse_connect_parameters("5,,9"), (ConnectParameters{.soft_tries_period_s = 9}));
  EXPECT_EQ(*parse_connect_parameters("0,1,1,0,1,1"), (ConnectParameters{0, 1, 1, 0, 1, 1}));
  const struct {
    std::string_view text, what, advice;
  } bad[] = {
      {"a,500", "number of hard connection attempts",
       "Specify either the number of hard connection attempts or 0 to disable hard connection attempts"},
      {"5,0", "wait time for hard connection attempts", "Specify the wait time in milliseconds"},
      {"5,500,x", "wait time for soft connection attempts", "Specify the wait time in seconds"},
      {"5,500,5,-1", "alert period for REPLALERT messages",
       "Specify the approximate alert period (in seconds) for REPLALERT messages or 0 to disable REPLALERT messages"},
      {"5,500,5,3", "alert period for REPLALERT messages",
       "Alert period cannot be less than soft connection attempts period"},
      {"5,500,5,0,0", "heartbeat interval",
       "Specify the interval (in seconds) between heartbeats to the Receiver Server"},
      {"5,500,5,0,15,x", "maximum heartbeat wait period",
       "Specify the maximum period (in seconds) for which the Source Server should wait to receive a heartbeat "
       "response from the Receiver Server"},
      {"5,500,5,0,60,15", "maximum heartbeat wait period",
       "Maximum heartbeat wait period cannot be less than heartbeat interval"},
  };
  for (const auto& row : bad)
    expect_refused(
        parse_connect_parameters(row.text),
        fmt::format("%GTM-E-BADCONNECTPARAM, Error parsing or invalid {}\n%GTM-I-TEXT, {}\n", row.what, row.advice));
  expect_refused(parse_connect_parameters("1,2,3,4,5,6,7"),
                 "%GTM-E-BADPARAMCOUNT, -CONNECTPARAMS accepts one to six parameter values\n");
}

TEST(SourceOptions, BoundsAndDefaults) {
  const auto plain = parse_source_start(parse("-source -start -passive -log=x"), "B");
  EXPECT_EQ(plain->pool_bytes, 67108864U);
  EXPECT_EQ(plain->log_interval_transactions, 1000U);
  EXPECT_EQ(parse_source_start(parse("-source -start -passive -log=x -buffsize=1"), "B")->pool_bytes, 1048576U);
  expect_refused(parse_source_start(parse("-source -start -passive -log=x -buffsize=4294967297"), "B"),
                 "Invalid value for BUFFSIZE qualifier, must be at most 4294967296 bytes\n");
  expect_refused(parse_source_start(parse("-source -start -passive -log=x -cmplvl=10"), "B"),
                 "Invalid value for CMPLVL qualifier, must be in the range [0,9]\n");
}

TEST(SourceOptions, Tls) {
  const auto start = [](std::string_view more) {
    return parse_source_start(parse("-source -start -passive -log=x " + std::string(more)), "B");
  };
  EXPECT_EQ(start("")->tls, TlsOptions{});
  EXPECT_EQ(start("-tlsid=t")->tls, (TlsOptions{"t", false}));
  EXPECT_EQ(start("-tlsid=t -plaintextfallback")->tls, (TlsOptions{"t", true}));
  EXPECT_EQ(start("-tlsid=t -noplaintextfallback")->tls, (TlsOptions{"t", false}));
  EXPECT_EQ(text_of(start("-tlsid=t -plaintextfallback")->tls), " -tlsid=t -plaintextfallback");
  EXPECT_EQ(text_of(start("-plaintextfallback")->tls), "");
  expect_refused(
      start("-tlsid=" + std::string(32, 't')),
      "%GTM-E-CLISTRTOOLONG, TLSID specified is 32 bytes long which is greater than the allowed maximum of 31 "
      "bytes\n");
}

TEST(SourceOptions, LogLevel) {
  const auto start = [](std::string_view more) {
    return parse_source_start(parse("-source -start -passive -log=x " + std::string(more)), "B");
  };
  EXPECT_EQ(start("")->log_level, LogLevel::Info);
  EXPECT_EQ(start("-loglevel=Trace")->log_level, LogLevel::Trace);
  expect_refused(start("-loglevel=loud"),
                 "Invalid value for LOGLEVEL qualifier, must be ERROR, WARNING, INFO, DEBUG or TRACE\n");
  EXPECT_EQ(parse_source_activate(parse("-source -activate -secondary=a:1 -loglevel=debug"), "B")->log.level,
            LogLevel::Debug);
  const auto change = parse_log_change(parse("-source -changelog -loglevel=warning"));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->level, LogLevel::Warning);
  EXPECT_FALSE(change->path.has_value());
  EXPECT_FALSE(parse_log_change(parse("-source -changelog -log=x"))->level.has_value());
  for (const std::string_view line :
       {"-source -shutdown -loglevel=info", "-source -statslog=on -loglevel=info", "-source -changelog -logl=info",
        "-receiver -shutdown -loglevel=info", "-receiver -start -updateonly -loglevel=info", "-source -changelog"})
    EXPECT_FALSE(parse_command(kCommands, "replicate " + std::string(line)).has_value()) << line;
}

TEST(SourceOptions, ShutdownTimeouts) {
  const auto timeout = [](std::string_view line) { return parse_source_shutdown(parse(line), nullptr)->timeout_s; };
  EXPECT_EQ(timeout("-source -shut"), 120U);
  EXPECT_EQ(timeout("-source -shut -timeo"), 30U);
  EXPECT_EQ(timeout("-source -shut -timeo=0"), 0U);
  EXPECT_TRUE(parse_source_shutdown(parse("-source -shut -zerob"), nullptr)->wait_for_zero_backlog);
}

TEST(SourceOptions, Statslog) {
  EXPECT_TRUE(*parse_statslog(parse("-source -statslog=On"), "must be"));
  EXPECT_FALSE(*parse_statslog(parse("-source -statslog=off"), "must be"));
  expect_refused(
      parse_statslog(parse("-source -statslog=maybe"), "must be"),
      "%GTM-E-CLISTRTOOLONG, STATSLOG specified is 5 bytes long which is greater than the allowed maximum of "
      "3 bytes\nError parsing STATSLOG qualifier\n");
  expect_refused(parse_statslog(parse("-receiver -statslog=x"), "should be"),
                 "Invalid value for STATSLOG qualifier, should be either ON or OFF\n");
}

TEST(SourceOptions, Freeze) {
  EXPECT_EQ(parse_source_freeze(parse("-source -freeze"))->request, FreezeRequest::Show);
  EXPECT_EQ(parse_source_freeze(parse("-source -freeze=on -nocomment"))->request, FreezeRequest::On);
  EXPECT_EQ(parse_source_freeze(parse("-source -freeze=on -comment=\"a b\""))->comment, "a b");
  EXPECT_EQ(parse_source_freeze(parse("-source -freeze=off"))->request, FreezeRequest::Off);
  expect_refused(parse_source_freeze(parse("-source -freeze=on")),
                 "Missing qualifier, must specify either COMMENT or NOCOMMENT with FREEZE=ON\n");
  expect_refused(parse_source_freeze(parse("-source -freeze=on -comment")), "Error parsing COMMENT qualifier\n");
  expect_refused(parse_source_freeze(parse("-source -freeze=off -comment=x")),
                 "Invalid qualifier combination, cannot specify FREEZE=OFF with COMMENT\n");
  expect_refused(parse_source_freeze(parse("-source -freeze=o")),
                 "Invalid value for FREEZE qualifier, must be either ON or OFF\n");
}

TEST(FieldChange, OffsetSizeAndValueAreHexadecimal) {
  const auto change = parse_field_change(parse("-editinstance -change -offset=88 -size=8 -value=0x1122334455667788 f"));
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->offset_bytes, 0x88U);
  EXPECT_EQ(change->size_bytes, 8U);
  EXPECT_EQ(change->value, 0x1122334455667788U);
  EXPECT_EQ(parse_field_change(parse("-edit -change -off=88 -size=4 f"))->value, std::nullopt);
  for (const auto* size : {"3", "16", "0"})
    EXPECT_EQ(parse_field_change(parse(fmt::format("-edit -change -off=88 -size={} f", size))).error().status(), 50);
  for (const auto* fits :
       {"1 -value=FF", "1 -value=0x0FF", "2 -value=FFFF", "8 -value=FFFFFFFFFFFFFFFF", "8 -value=00000000000000000001"})
    EXPECT_TRUE(parse_field_change(parse(fmt::format("-edit -change -off=88 -size={} f", fits))).has_value()) << fits;
  expect_refused(parse_field_change(parse("-edit -change -off=88 -size=1 -value=0x01FF f")),
                 "Error: VALUE [0x1FF] does not fit into Size [1]\n");
  expect_refused(parse_field_change(parse("-edit -change -off=88 -size=8 -value=FFFFFFFFFFFFFFFFFF f")),
                 "Error: VALUE [0xFFFFFFFFFFFFFFFFFF] does not fit into Size [8]\n");
  expect_refused(parse_field_change(parse("-edit -change -off=89 -size=4 f")),
                 "Error: OFFSET [0x00000089] should be a multiple of Size [4]\n");
  expect_refused(parse_field_change(parse("-edit -change -off=-8 -size=4 f")),
                 "%GTM-E-HEXERR, Error: cannot convert -8 value to hexadecimal number\n");
}

TEST(ReceiverOptions, Start) {
  const auto options = parse_receiver_start(
      parse("-rec -start -listen=41031 -log=r.log -log_int=5,6 -helpers=2,1 -autoroll=verbose -updateresync=p.repl"));
  ASSERT_TRUE(options.has_value()) << options.error().render();
  EXPECT_EQ(options->listen_port, 41031);
  EXPECT_EQ(options->receiver_log_interval_transactions, 5U);
  EXPECT_EQ(options->update_log_interval_transactions, 6U);
  EXPECT_EQ(options->helpers->readers, 1U);
  EXPECT_EQ(options->helpers->writers, 1U);
  EXPECT_EQ(options->autorollback, Autorollback::Verbose);
  EXPECT_TRUE(options->update_resync);
  EXPECT_EQ(options->update_resync_instance_file, "p.repl");
}

TEST(ReceiverOptions, DefaultsAndRefusals) {
  const auto start = [](std::string_view more) {
    return parse_receiver_start(parse("-receiver -start -listen=5 -log=x " + std::string(more)));
  };
  EXPECT_EQ(start("-helpers")->helpers->readers, 5U);
  EXPECT_EQ(start("-helpers")->helpers->writers, 3U);
  EXPECT_EQ(start("-helpers=5,6")->helpers->readers, 5U);
  EXPECT_EQ(start("-log_interval=,6")->receiver_log_interval_transactions, 1000U);
  EXPECT_EQ(start("-autorollback")->autorollback, Autorollback::Yes);
  EXPECT_EQ(start("-noautorollback")->autorollback, Autorollback::No);
  for (const auto* count : {"0", "129"})
    expect_refused(start(fmt::format("-helpers={}", count)),
                   "Invalid number of helpers; must be in the range [1,128]\n");
  expect_refused(start("-helpers=x"), "Error parsing or invalid parameter for HELPERS\n");
  for (const auto* text : {"x", "5,x", "5,6,7"})
    expect_refused(start(fmt::format("-log_interval={}", text)),
                   "Error parsing or invalid parameter for LOG_INTERVAL\n");
  EXPECT_EQ(start("")->log_level, LogLevel::Info);
  EXPECT_EQ(start("-loglevel=error")->log_level, LogLevel::Error);
  expect_refused(start("-loglevel=x"),
                 "Invalid value for LOGLEVEL qualifier, must be ERROR, WARNING, INFO, DEBUG or TRACE\n");
  expect_refused(start("-listen=65536"), "Error parsing listen port number 65536\n");
  expect_refused(start("-noresync"), "NORESYNC is for supplementary instances, which are not supported\n");
  EXPECT_EQ(parse_receiver_shutdown(parse("-receiver -shut")).timeout_s, 30U);
  EXPECT_EQ(parse_receiver_shutdown(parse("-receiver -shut -timeout=0 -updateonly")).part, ReceiverPart::UpdateProcess);
}

}  // namespace
}  // namespace hw::mupip
