#include "test/sim/script.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

namespace hw::sim {
namespace {

bool is_site(std::string_view word) { return !word.empty() && word[0] >= 'A' && word[0] <= 'Z'; }
bool is_verb(std::string_view word) { return !word.empty() && word[0] >= 'a' && word[0] <= 'z'; }

}  // namespace

std::uint64_t Step::number(const std::string& name, std::uint64_t otherwise) const {
  const auto found = options.find(name);
  if (found == options.end()) return otherwise;
  std::uint64_t value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, value);
  return error == std::errc() && stop == end ? value : otherwise;
}

std::string Step::text(const std::string& name, const std::string& otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

std::string print(const Step& step) {
  std::string line = step.site.empty() ? step.verb : step.site + " " + step.verb;
  for (const std::string& argument : step.arguments) line += " " + argument;
  for (const auto& [name, value] : step.options) line += " " + name + "=" + value;
  return line;
}

std::string print(const Script& script) {
  std::string out;
  for (const Step& step : script) out += print(step) + "\n";
  return out;
}

tl::expected<Script, std::string> parse_script(std::string_view text) {
  Script script;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (unsigned number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word[0] == '#') continue;
    Step step;
    if (is_site(word)) {
      step.site = word;
      if (!(words >> word)) word.clear();
    }
    if (!is_verb(word)) return tl::unexpected(fmt::format("line {}: no verb in: {}", number, line));
    step.verb = word;
    while (words >> word) {
      const auto equals = word.find('=');
      if (equals == 0) return tl::unexpected(fmt::format("line {}: no name before =", number));
      if (equals == std::string::npos) {
        step.arguments.push_back(word);
      } else if (!step.options.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
        return tl::unexpected(fmt::format("line {}: {} is given twice", number, word));
      }
    }
    script.push_back(std::move(step));
  }
  return script;
}

}  // namespace hw::sim
