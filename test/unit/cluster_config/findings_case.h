// test/unit/cluster_config/findings_case.h -- a change of a configuration that passes, and what the check finds then.
#pragma once

#include <algorithm>

#include "test/unit/cluster_config/config_text.h"

namespace hw::cluster::test {

struct FindingCase {
  std::string name;
  Edits edits;
  std::vector<std::string> lines;  ///< `LINE:COLUMN: S-CODE, text`
};

inline void PrintTo(const FindingCase& each, std::ostream* out) { *out << each.name; }

/// `f:1:2: %GTM-E-X, text` becomes `1:2: E-X, text`.
inline std::vector<std::string> lines_of(const Findings& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings.all()) {
    std::string line = finding.line("f").substr(2);
    const auto at = line.find("%GTM-");
    if (at != line.npos) line.erase(at, 5);
    out.push_back(line);
  }
  return out;
}

// Lines of kSmall: 2 [domain], 4 [security], 6 [node.n1], 7 [node.n2], 9 [node.n3], 11 [instance.A], 16 [instance.B],
// 21 [instance.C], 28 [group.acct], 30 [gateway.gwA], 34 [gateway.gwB], 37 [server.report], 40 [resource.vip].
class FindingTest : public testing::TestWithParam<FindingCase> {
 protected:
  static void check() {
    const CheckedDomain read = read_text(edited(kSmall, GetParam().edits));
    EXPECT_EQ(lines_of(read.findings), GetParam().lines);
    const auto errors =
        std::ranges::count_if(GetParam().lines, [](const auto& line) { return line.find(": E-") != line.npos; });
    EXPECT_EQ(read.findings.errors(), static_cast<std::size_t>(errors));
    EXPECT_EQ(read.domain.has_value(), errors == 0);
  }
};

inline std::string finding_case_name(const testing::TestParamInfo<FindingCase>& info) { return info.param.name; }

}  // namespace hw::cluster::test
