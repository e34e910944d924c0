#include "cluster/admin/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "cluster/board/table.h"
#include "cluster/plan/request.h"

namespace hw::cluster::hwadm {
namespace {

constexpr std::size_t kNameWordsMax = 2;
constexpr std::string_view kRest = "…";

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> seconds_of(std::string_view text) {
  const auto seconds = number_of<double>(text);
  if (!seconds || !(std::abs(*seconds) <= kCommandSecondsMax)) return std::nullopt;
  return seconds;
}

bool fits(Takes takes, std::string_view value) {
  switch (takes) {
    case Takes::Nothing:
    case Takes::Text:
      return true;
    case Takes::Name:
      return !value.empty() && value.front() != '-';
    case Takes::Number:
      return whole_number(value).has_value();
    case Takes::Signed:
      return signed_number(value).has_value();
    case Takes::Seconds:
      return seconds_of(value).has_value();
  }
  return false;
}

std::string join(std::span<const std::string> words) { return fmt::format("{}", fmt::join(words, " ")); }

bool matches(std::string_view name, std::span<const std::string> words, std::size_t* length) {
  std::size_t count = 0;
  while (!name.empty()) {
    const std::size_t blank = std::min(name.find(' '), name.size());
    if (count == words.size() || words[count] != name.substr(0, blank)) return false;
    name.remove_prefix(std::min(blank + 1, name.size()));
    ++count;
  }
  *length = count;
  return true;
}

const Option* find_option(std::span<const Option> options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

/// A word as a line has it again.
std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\"'\\") == word.npos) return word;
  return fmt::format("'{}'", word);
}

}  // namespace

/// Goes through the words once.
class LineParser {
 public:
  LineParser(std::span<const std::string> words, const Common& defaults) : left_(words) { line_.common_ = defaults; }

  Result<CommandLine> parse() {
    while (!left_.empty() && is_common(left_.front())) HW_TRY_VOID(take_option());
    if (left_.empty()) return std::move(line_);
    std::size_t length = 0;
    line_.command_ = find_command(left_, &length);
    if (line_.command_ == nullptr) {
      if (line_.common_.help || line_.common_.version) return std::move(line_);
      return no_command();
    }
    add_text(left_.first(length));
    left_ = left_.subspan(length);
    count_ = count_parameters(line_.command_->parameters);
    while (!left_.empty()) HW_TRY_VOID(take_word());
    if (line_.common_.help || line_.common_.version) return std::move(line_);
    HW_TRY_VOID(check_parameters());
    return std::move(line_);
  }

 private:
  static std::string_view name_of(std::string_view word) {
    return word.starts_with("--") ? word.substr(0, word.find('=')) : word;
  }
  static bool is_common(std::string_view word) { return find_option(common_options(), name_of(word)) != nullptr; }

  Error no_command() const {
    const std::string& first = left_.front();
    if (first.starts_with("-")) return make_error<MsgId::CLIERR>("Unrecognized option: " + on_one_line(first));
    return make_error<MsgId::CLIERR>("Unrecognized command: " +
                                     on_one_line(join(left_.first(std::min(left_.size(), kNameWordsMax)))));
  }

  Status take_word() {
    const std::string& word = left_.front();
    const bool of_the_rest = count_.rest && line_.parameters_.size() + 1 >= count_.max;
    if (is_common(word) || (!of_the_rest && word.size() > 1 && word.front() == '-')) return take_option();
    add_text(left_.first(1));
    line_.parameters_.push_back(word);
    left_ = left_.subspan(1);
    return {};
  }

  const Option* option_of(std::string_view name) const {
    if (const Option* const option = find_option(common_options(), name)) return option;
    if (line_.command_ == nullptr) return nullptr;
    if (line_.command_->asks != Yes::Never && name == yes_option().name) return &yes_option();
    return find_option(line_.command_->options, name);
  }

  Status take_option() {
    const std::string& word = left_.front();
    const std::string_view name = name_of(word);
    const Option* const option = option_of(name);
    if (option == nullptr) return usage_error(line_, "no such option: " + on_one_line(word));
    std::size_t length = 1;
    std::string value;
    if (name.size() < word.size()) {  // --name=value
      if (option->takes == Takes::Nothing) return usage_error(line_, fmt::format("{} takes no value", name));
      value = word.substr(name.size() + 1);
    } else if (option->takes != Takes::Nothing) {
      if (left_.size() < 2) return usage_error(line_, fmt::format("{} needs {}", name, option->form));
      value = left_[1];
      length = 2;
    }
    if (!fits(option->takes, value))
      return usage_error(line_, fmt::format("{} {}: not {}", name, on_one_line(value), option->form));
    const bool common = find_option(common_options(), name) != nullptr;
    if (!common && !option->repeated && line_.has(name))
      return usage_error(line_, fmt::format("{} is given twice", name));
    if (common) {
      set_common(name, value);
    } else {
      if (option != &yes_option()) add_text(left_.first(length));
      line_.given_.push_back({option, std::move(value)});
    }
    left_ = left_.subspan(length);
    return {};
  }

  void set_common(std::string_view name, const std::string& value) {
    Common& common = line_.common_;
    if (name == "--json") common.json = true;
    if (name == "-h") common.help = true;
    if (name == "-V") common.version = true;
    if (name == "--timeout") common.timeout_s = seconds_of(value);
    if (name == "--dir") common.dir = value;
    if (name == "--why") common.why = value;
  }

  void add_text(std::span<const std::string> words) {
    for (const std::string& word : words) {
      if (!line_.text_.empty()) line_.text_ += ' ';
      line_.text_ += quoted(word);
    }
  }

  Status check_parameters() const {
    const auto& parameters = line_.parameters_;
    if (parameters.size() < count_.min)
      return usage_error(line_, fmt::format("parameters are {}", line_.command_->parameters));
    if (parameters.size() > count_.max && !count_.rest)
      return usage_error(line_, "too many parameters: " + on_one_line(parameters[count_.max]));
    return {};
  }

  std::span<const std::string> left_;
  ParameterCount count_;
  CommandLine line_;
};

bool CommandLine::has(std::string_view name) const {
  return std::ranges::any_of(given_, [&](const GivenOption& one) { return one.option->name == name; });
}

std::string CommandLine::value(std::string_view name) const {
  const auto all = values(name);
  return all.empty() ? std::string() : all.back();
}

std::vector<std::string> CommandLine::values(std::string_view name) const {
  std::vector<std::string> out;
  for (const GivenOption& one : given_)
    if (one.option->name == name) out.push_back(one.value);
  return out;
}

std::optional<std::uint64_t> CommandLine::number(std::string_view name) const {
  return has(name) ? whole_number(value(name)) : std::nullopt;
}

std::string CommandLine::parameter(std::size_t index) const {
  return index < parameters_.size() ? parameters_[index] : std::string();
}

Result<CommandLine> parse_line(std::span<const std::string> words, const Common& defaults) {
  return LineParser(words, defaults).parse();
}

const Command* find_command(std::span<const std::string> words, std::size_t* length) {
  const Command* best = nullptr;
  *length = 0;
  const auto try_name = [&](const Command& command, std::string_view name) {
    std::size_t count = 0;
    if (!matches(name, words, &count) || count <= *length) return;
    best = &command;
    *length = count;
  };
  for (const Command* const command : command_table()) {
    try_name(*command, command->name);
    for (const std::string_view alias : command->aliases) try_name(*command, alias);
  }
  return best;
}

Result<std::vector<std::string>> split_line(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    if (quote == '\0' && blank) {
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) words.emplace_back();
    if (quote != '\0' ? c == quote : c == '\'' || c == '"') {
      quote = quote == '\0' ? c : '\0';
    } else if (c == '\\' && quote != '\'' && at + 1 < line.size()) {
      words.back() += line[++at];
    } else {
      words.back() += c;
    }
  }
  if (quote != '\0') return make_error<MsgId::CLIERR>(fmt::format("No {} at the end of a text", quote));
  return words;
}

ParameterCount count_parameters(std::string_view parameters) {
  ParameterCount count;
  while (!parameters.empty()) {
    const std::size_t blank = std::min(parameters.find(' '), parameters.size());
    const std::string_view one = parameters.substr(0, blank);
    ++count.max;
    if (one.front() != '[') ++count.min;
    count.rest = one.find(kRest) != one.npos;
    parameters.remove_prefix(std::min(blank + 1, parameters.size()));
  }
  return count;
}

Error usage_error(const CommandLine& line, std::string_view why) {
  if (line.command() == nullptr) return make_error<MsgId::CLIERR>(fmt::format("hwadm: {}", why));
  return make_error<MsgId::CLIERR>(fmt::format("{}: {}", line.command()->name, why));
}

std::optional<std::uint64_t> whole_number(std::string_view text) { return number_of<std::uint64_t>(text); }
std::optional<std::int64_t> signed_number(std::string_view text) { return number_of<std::int64_t>(text); }

}  // namespace hw::cluster::hwadm
