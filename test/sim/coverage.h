/// test/sim/coverage.h -- which actions ran in which state and with which fault, counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

namespace hw::sim {

class Coverage {
 public:
  void add(const std::string& action, const std::string& state, const std::string& fault) {
    ++triples_[{action, state, fault}];
  }
  /// Counts of a kind for the summary: steps, power losses, kills.
  void count(const std::string& what, std::uint64_t by = 1) { counts_[what] += by; }
  void merge(const Coverage& other);
  std::uint64_t counted(const std::string& what) const;
  const std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t>& triples() const { return triples_; }
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

  /// Lines that `read` understands; how a run tells the process that started it.
  std::string print() const;
  void read(const std::string& text);

 private:
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> triples_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace hw::sim
