/// cluster/admin/command_line.h -- a line of words, checked against the row of its command.
///
///   line   = { common } [ command { option | parameter } ]
///   option = name [ value ] | "--name=value"
///
/// Names are taken as given, `-s` is not `-S`. Common options (--json, --timeout, --dir, --why, -h, -V) may come before
/// the command too. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/admin/command.h"

namespace hw::cluster::hwadm {

/// What the common options say.
struct Common {
  bool json = false;
  bool help = false;
  bool version = false;
  std::optional<double> timeout_s;
  std::string dir;
  std::string why;
};

struct GivenOption {
  const Option* option = nullptr;
  std::string value;
};

class CommandLine {
 public:
  /// None: there is no command, only common options.
  const Command* command() const { return command_; }
  const Common& common() const { return common_; }
  bool has(std::string_view name) const;
  /// The last value; empty when it is not there.
  std::string value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  std::optional<std::uint64_t> number(std::string_view name) const;
  /// In their order: -k is about the -s before it.
  const std::vector<GivenOption>& given() const { return given_; }
  /// Empty when there are fewer.
  std::string parameter(std::size_t index) const;
  const std::vector<std::string>& parameters() const { return parameters_; }
  /// The command as it was typed, without common options and -y: for history.
  const std::string& text() const { return text_; }

 private:
  friend class LineParser;
  const Command* command_ = nullptr;
  Common common_;
  std::vector<GivenOption> given_;
  std::vector<std::string> parameters_;
  std::string text_;
};

/// `defaults`: the common options that the line does not give. With -h or -V the rest need not be right.
/// Errors: CLIERR.
Result<CommandLine> parse_line(std::span<const std::string> words, const Common& defaults);

/// The row whose name, or alias, begins `words`, the longest; none: there is none. `length`: words of the name.
const Command* find_command(std::span<const std::string> words, std::size_t* length);

/// A line of the prompt as words: parted by blanks, '…' and "…" group, \ takes the next character as it is but in '…'.
/// Errors: CLIERR: a quote is not closed.
Result<std::vector<std::string>> split_line(std::string_view line);

/// How many words a row's `parameters` need, and allow.
struct ParameterCount {
  std::size_t min = 0;
  std::size_t max = 0;
  bool rest = false;  ///< the last one takes the rest of the line as it is
};
ParameterCount count_parameters(std::string_view parameters);

/// CLIERR: about a line of that command.
Error usage_error(const CommandLine& line, std::string_view why);

/// Numbers as options take them; none: it is no such number.
std::optional<std::uint64_t> whole_number(std::string_view text);
std::optional<std::int64_t> signed_number(std::string_view text);

}  // namespace hw::cluster::hwadm
