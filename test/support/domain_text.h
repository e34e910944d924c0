/// test/support/domain_text.h -- configurations of a domain as text: made of pieces, changed, read.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/config/read_domain.h"

namespace hw::cluster::test {

/// The table of an instance in /db/NAME. `more`: lines before its last one, which names its upstreams.
inline std::string instance_text(const std::string& name, const std::string& node, int listen,
                                 const std::string& upstreams, const std::string& more = "") {
  return "[instance." + name + "]\nnode = \"" + node + "\"\ndir = \"/db/" + name +
         "\"\nlisten = " + std::to_string(listen) + "\n" + more + "upstreams = " + upstreams + "\n";
}

using Edits = std::vector<std::pair<std::string, std::string>>;

/// Each edit's first text, which is there once, becomes its second.
inline std::string edited(std::string text, const Edits& edits) {
  for (const auto& [from, to] : edits) {
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    EXPECT_EQ(text.find(from, at + 1), text.npos) << from << " is there twice";
    if (at != text.npos) text.replace(at, from.size(), to);
  }
  return text;
}

inline CheckedDomain read_text(std::string_view text) { return read_domain(text, "/opt/headwater"); }

/// A text that passes.
inline Domain domain_of(std::string_view text) {
  const CheckedDomain read = read_text(text);
  EXPECT_EQ(read.findings.render("x"), "");
  return read.domain.value_or(Domain());
}

}  // namespace hw::cluster::test
