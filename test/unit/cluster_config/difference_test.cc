// What one configuration changes in another: the lines of `config diff`, and the objects that apply and add ask for.
#include "cluster/config/difference.h"

#include <fmt/ranges.h>

#include "cluster/config/written_diff.h"
#include "test/unit/cluster_config/config_text.h"

namespace hw::cluster {
namespace {

using test::domain_of;
using test::edited;
using test::Edits;
using test::kSmall;
using test::read_text;

using Lines = std::vector<std::string>;

Lines diff(const std::string& from, const std::string& to) {
  return written_diff(read_text(from).written, read_text(to).written);
}

TEST(WrittenDiff, LinesAreSortedByKeyWithTheFormerValueFirst) {
  const std::string to = edited(kSmall, {{"port = 7601", "port = 7611"},
                                         {"backup = [\"gwB\"]\n", ""},
                                         {"[resource.vip]", "[node.n10]\nport = 7610\n[resource.vip]"},
                                         {"[\"B\", \"A\"]", "[\"A\", \"B\"]"}});
  EXPECT_EQ(diff(kSmall, to), (Lines{"- gateway.gwA.backup = [\"gwB\"]", "- instance.C.upstreams = [\"B\", \"A\"]",
                                     "+ instance.C.upstreams = [\"A\", \"B\"]", "+ node.n10.port = 7610",
                                     "- node.n2.port = 7601", "+ node.n2.port = 7611"}));
  EXPECT_EQ(diff(kSmall, kSmall), Lines());
}

TEST(WrittenDiff, HowItIsWrittenIsNoDifference) {
  EXPECT_EQ(diff("[lease]\nttl_s = 3.0 # x\n[domain]\nname = 'a'", "domain = {name = \"a\"}\nlease.ttl_s = 3"),
            Lines());
  EXPECT_EQ(diff("a = [1, 2.5, \"x\\ty\", true]", ""), Lines{"- a = [1, 2.5, \"x\\ty\", true]"});
  EXPECT_EQ(diff("x.ttl_s = 3.0", "x.ttl_s = 4"), (Lines{"- x.ttl_s = 3.0", "+ x.ttl_s = 4"}));
}

/// The difference in a line an object: `change full_name keys (nodes; groups)`, with `+` behind keys that are
/// additions.
Lines objects_of(const Difference& difference) {
  static constexpr std::string_view kChanges[] = {"added", "removed", "changed"};
  Lines out;
  for (const ObjectChange& each : difference.objects) {
    std::string line = fmt::format("{} {}", kChanges[static_cast<std::size_t>(each.change)], each.full_name());
    for (const KeyChange& key : each.keys)
      line += fmt::format(" {}:{}>{}{}", key.key, key.before, key.after, key.addition ? "+" : "");
    out.push_back(fmt::format("{} ({}; {})", line, fmt::join(each.nodes, " "), fmt::join(each.groups, " ")));
  }
  return out;
}

Difference compare(const Edits& edits, const Edits& more = {}) {
  return compare_domains(domain_of(kSmall), domain_of(edited(edited(kSmall, edits), more)));
}

TEST(Difference, OfTheSameIsEmpty) {
  EXPECT_TRUE(compare({}).empty());
  EXPECT_TRUE(compare({{"port = 7601", "port = 7601 # more\nmax_fail = 10"}}).empty());  // The default, written.
  EXPECT_TRUE(compare({{"[node.n1]", "[lease]\nttl_s = 3.0\n[node.n1]"}}).empty());
}

TEST(Difference, AChangedKeyTouchesWhatItActsOn) {
  EXPECT_EQ(objects_of(compare({{"port = 7601", "port = 7611"}})),
            Lines{"changed node.n2 node.n2.port:7601>7611 (n2; acct)"});
  EXPECT_EQ(objects_of(compare({{"dir = \"/db/B\"", "dir = \"/db/BB\""}})),
            Lines{"changed instance.B instance.B.dir:\"/db/B\">\"/db/BB\" (n2; acct)"});
  EXPECT_EQ(objects_of(compare({{"[group.acct]", "[group.acct]\nhold_s = 2.5"}})),
            Lines{"changed group.acct group.acct.hold_s:10>2.5 (n1 n2 n3; acct)"});
  EXPECT_EQ(objects_of(compare({{"127.0.0.1:6380", "127.0.0.1:6390"}})),
            Lines{"changed gateway.gwB gateway.gwB.listen:\"127.0.0.1:6380\">\"127.0.0.1:6390\" (n2; acct)"});
  EXPECT_EQ(objects_of(compare({{"[security]", "[lease]\nretry_s = 0.4\n[security]"}})),
            Lines{"changed lease lease.retry_s:0.5>0.4 (n1 n2 n3; acct)"});
}

TEST(Difference, ADefaultThatChangesTouchesThoseThatHaveIt) {
  EXPECT_EQ(
      objects_of(compare({{"[node.n1]\n[node.n2]", "[agent]\nstop_s = 5\n[node.n1]\nstop_s = 30\n[node.n2]"}})),
      (Lines{"changed node.n2 node.n2.stop_s:30>5 (n2; acct)", "changed node.n3 node.n3.stop_s:30>5 (n3; acct)"}));
}

TEST(Difference, AnInstanceThatMovesTouchesBothNodes) {
  EXPECT_EQ(
      objects_of(compare({{"node = \"n3\"", "node = \"n4\""}, {"[node.n1]", "[node.n1]\n[node.n4]\nport = 7604"}})),
      (Lines{"added node.n4 (n4; acct)", "changed instance.C instance.C.node:\"n3\">\"n4\" (n3 n4; acct)"}));
}

TEST(Difference, RemovedObjectsComeFirstOfTheirKind) {
  const Difference difference = compare({{"[resource.vip]\ngroup = \"acct\"\nscript = \"/etc/headwater/vip.sh\"\n", ""},
                                         {"[server.report]", "[server.other]"}});
  EXPECT_EQ(objects_of(difference),
            (Lines{"removed server.report (n1 n2 n3; acct)", "added server.other (n1 n2 n3; acct)",
                   "removed resource.vip (n1 n2 n3; acct)"}));
  EXPECT_FALSE(difference.only_additions());
  EXPECT_EQ(difference.first_other()->first_key(), "server.report");
  EXPECT_EQ(difference.added(ObjectKind::Server), Lines{"other"});
}

/// A candidate D at a new node, which all others must name.
const Edits kNewCandidate = {
    {"[node.n1]\n", "[node.n1]\n[node.n4]\nport = 7604\n"},
    {"listen = 7700\nupstreams = [\"B\"]", "listen = 7700\nupstreams = [\"B\", \"D\"]"},
    {"listen = 7701\nupstreams = [\"A\"]", "listen = 7701\nupstreams = [\"A\", \"D\"]"},
    {"[\"B\", \"A\"]", "[\"B\", \"A\", \"D\"]"},
    {"\"B\", \"C\"]", "\"B\", \"C\", \"D\"]"},
    {"[instance.A]", "[instance.D]\nnode=\"n4\"\ndir=\"/db/D\"\nlisten=7704\nupstreams=[\"A\",\"B\"]\n[instance.A]"}};

TEST(Difference, NewObjectsAndWhatNamesThemAreAdditions) {
  const Difference difference = compare(kNewCandidate);
  EXPECT_TRUE(difference.only_additions()) << fmt::format("{}", fmt::join(objects_of(difference), "\n"));
  EXPECT_EQ(difference.added(ObjectKind::Instance), Lines{"D"});
  EXPECT_EQ(difference.added(ObjectKind::Node), Lines{"n4"});
  EXPECT_EQ(difference.first_other(), nullptr);
}

TEST(Difference, ANewNameInFrontOrAnOldNameMoreIsAChange) {
  Edits in_front = kNewCandidate;
  in_front[3].second = "[\"D\", \"B\", \"A\"]";
  const Difference preferred = compare(in_front);
  EXPECT_FALSE(preferred.only_additions());
  EXPECT_EQ(preferred.first_other()->first_key(), "instance.C.upstreams");
  const Difference old_name =
      compare({{"listen = \"127.0.0.1:6380\"", "listen = \"127.0.0.1:6380\"\nbackup = [\"gwA\"]"}});
  EXPECT_FALSE(old_name.only_additions());
  EXPECT_EQ(old_name.first_other()->first_key(), "gateway.gwB.backup");
}

TEST(Difference, ARaisedMaxIsAnAddition) {
  EXPECT_TRUE(compare({{"run = ", "max = 3\nrun = "}}).only_additions());
  EXPECT_TRUE(compare({{"backup = ", "max = 5\nbackup = "}}).only_additions());
  EXPECT_FALSE(compare({{"backup = ", "max = 3\nbackup = "}}).only_additions());
  const Difference both = compare({{"run = ", "max = 3\nrestart = false\nrun = "}});
  EXPECT_FALSE(both.only_additions());
  EXPECT_EQ(both.first_other()->first_key(), "server.report.restart");
}

TEST(Difference, ANodeInFrontOfAllIsAnotherCoordinator) {
  const Difference difference = compare({{"[node.n1]\n", "[node.n0]\nport = 7605\n[node.n1]\n"}});
  EXPECT_EQ(objects_of(difference),
            (Lines{"changed domain domain.master:[\"n1\"]>[\"n0\"] (n1 n2 n3 n0; acct)", "added node.n0 (n0; )"}));
  EXPECT_FALSE(difference.only_additions());
}

TEST(Difference, AGroupOfFilesIsComparedByItsOwnKeys) {
  const std::string files =
      edited(kSmall, {{"[group.acct]",
                       "[instance.F]\ndir = \"/db/F\"\n[group.files]\nkind = \"files\"\ninstance = \"F\"\n"
                       "nodes = [\"n2\", \"n1\"]\nmove = \"shared\"\n[group.acct]"}});
  const auto against = [&](const Edits& edits) {
    return objects_of(compare_domains(domain_of(files), domain_of(edited(files, edits))));
  };
  EXPECT_EQ(against({{"[\"n2\", \"n1\"]", "[\"n2\", \"n3\"]"}}),
            Lines{"changed group.files group.files.nodes:[\"n2\", \"n1\"]>[\"n2\", \"n3\"] (n1 n2 n3; files)"});
  EXPECT_EQ(against({{"\"shared\"", "\"/opt/move\""}}),
            Lines{"changed group.files group.files.move:\"shared\">\"/opt/move\" (n1 n2; files)"});
  EXPECT_EQ(against({{"\"/db/F\"", "\"/db/G\""}}),
            Lines{"changed instance.F instance.F.dir:\"/db/F\">\"/db/G\" (n1 n2; files)"});
}

}  // namespace
}  // namespace hw::cluster
