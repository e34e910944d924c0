/// cluster/agent/node_config.h -- the generations of the configuration that this node keeps, as text and as Domain.
///
/// The agent itself (where it listens, who the others are) follows the current generation; what runs here keeps the
/// running one. Source: operations, section 2.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/config/domain.h"
#include "cluster/config/generation_store.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Which generation, and what it says.
struct NamedDomain {
  std::uint64_t number = 0;
  std::string sha256;
  std::shared_ptr<const Domain> domain;  ///< null: there is none
};

/// Thread: any.
class NodeConfig {
 public:
  /// `home` is what a node has that names none. `begin_with`: this generation counts as the current one (hwd -f).
  /// `passive`: there is none until one is told (hwd -k). Errors: SYSCALL; HWCFGBAD: the current or asked one is
  /// damaged or not there.
  static Result<std::unique_ptr<NodeConfig>> open(const std::string& dir, const std::string& home,
                                                  std::optional<std::uint64_t> begin_with, bool passive);

  NamedDomain current() const;
  /// 0: nothing runs here.
  std::uint64_t running() const;
  /// Of a generation; 0: of the one that runs here, else of the current one. Null: it is not there, or damaged.
  std::shared_ptr<const Domain> domain(std::uint64_t number) const;
  /// The same. Errors: HWCFGBAD, SYSCALL.
  Result<NamedDomain> read(std::uint64_t number) const;
  Result<Generation> text(std::uint64_t number) const;
  Result<std::vector<GenerationRow>> list() const;
  Result<std::uint64_t> highest() const;
  Result<bool> came_by_add(std::uint64_t from, std::uint64_t to) const;

  // What changes files. Errors: those of GenerationStore.
  Status put(const Generation& generation);
  Status put_named(const std::string& name, std::string_view text);
  Status drop(std::uint64_t number);
  Status make_current(std::uint64_t number);
  /// The generation is written already.
  void note_running(std::uint64_t number);

 private:
  NodeConfig(GenerationStore store, std::string home) : store_(std::move(store)), home_(std::move(home)) {}
  Result<NamedDomain> read_locked(std::uint64_t number) const HW_REQUIRES(mutex_);

  const GenerationStore store_;
  const std::string home_;
  mutable Mutex mutex_;  ///< one at a time in the files, too
  NamedDomain current_ HW_GUARDED_BY(mutex_);
  std::uint64_t running_ HW_GUARDED_BY(mutex_) = 0;
  mutable std::map<std::uint64_t, NamedDomain> known_ HW_GUARDED_BY(mutex_);  ///< by number; a text may change below
};

}  // namespace hw::cluster
