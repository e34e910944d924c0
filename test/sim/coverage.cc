#include "test/sim/coverage.h"

#include <fmt/format.h>

#include <sstream>

namespace hw::sim {

void Coverage::merge(const Coverage& other) {
  for (const auto& [triple, count] : other.triples_) triples_[triple] += count;
  for (const auto& [what, count] : other.counts_) counts_[what] += count;
}

std::uint64_t Coverage::counted(const std::string& what) const {
  const auto found = counts_.find(what);
  return found == counts_.end() ? 0 : found->second;
}

std::string Coverage::print() const {
  std::string out;
  for (const auto& [triple, count] : triples_)
    out += fmt::format("triple {} {} {} {}\n", std::get<0>(triple), std::get<1>(triple), std::get<2>(triple), count);
  for (const auto& [what, count] : counts_) out += fmt::format("count {} {}\n", what, count);
  return out;
}

void Coverage::read(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, action, state, fault;
    std::uint64_t count = 0;
    words >> kind >> action;
    if (kind == "triple" && words >> state >> fault >> count) triples_[{action, state, fault}] += count;
    if (kind == "count" && words >> count) counts_[action] += count;
  }
}

}  // namespace hw::sim
