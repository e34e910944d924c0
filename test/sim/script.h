/// test/sim/script.h -- a run as text: one step a line, so that a failure can be replayed, read, and made shorter.
///
///   script = { line }
///   line   = [ site ] verb { argument } { name "=" value } | "#" comment
///
/// Sites are upper-case names, verbs lower-case ones: `A update 20 regions=2`, `sync`, `B switchover from=A`. Which
/// verbs there are is the table of actions (action.h); the reader of a script knows none of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace hw::sim {

struct Step {
  std::string site;  ///< empty when the step is about all of them
  std::string verb;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> options;

  /// An option's number, or `otherwise` when it is not given or none.
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  friend bool operator==(const Step&, const Step&) = default;
};

using Script = std::vector<Step>;

std::string print(const Step& step);
/// One line a step, each ended by a newline.
std::string print(const Script& script);
/// The error is a line of text that names the line that is none.
tl::expected<Script, std::string> parse_script(std::string_view text);

}  // namespace hw::sim
