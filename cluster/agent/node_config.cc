#include "cluster/agent/node_config.h"

#include <utility>

#include "cluster/config/finding.h"
#include "cluster/config/read_domain.h"

namespace hw::cluster {

Result<std::unique_ptr<NodeConfig>> NodeConfig::open(const std::string& dir, const std::string& home,
                                                     std::optional<std::uint64_t> begin_with, bool passive) {
  HW_TRY(GenerationStore store, GenerationStore::open(dir));
  std::unique_ptr<NodeConfig> out(new NodeConfig(std::move(store), home));
  const MutexLock guard(out->mutex_);
  HW_TRY(const auto running, out->store_.running());
  out->running_ = running.value_or(0);
  if (passive) return out;
  std::optional<std::uint64_t> number = begin_with;
  if (!number) {
    HW_TRY(number, out->store_.current());
  }
  if (number) {
    HW_TRY(out->current_, out->read_locked(*number));
  }
  return out;
}

NamedDomain NodeConfig::current() const {
  const MutexLock guard(mutex_);
  return current_;
}

std::uint64_t NodeConfig::running() const {
  const MutexLock guard(mutex_);
  return running_;
}

std::shared_ptr<const Domain> NodeConfig::domain(std::uint64_t number) const {
  const MutexLock guard(mutex_);
  const std::uint64_t wanted = number != 0 ? number : running_;
  if (wanted == 0 || wanted == current_.number) return current_.domain;
  const auto found = read_locked(wanted);
  return found.has_value() ? found->domain : nullptr;
}

Result<NamedDomain> NodeConfig::read(std::uint64_t number) const {
  const MutexLock guard(mutex_);
  return read_locked(number);
}

Result<NamedDomain> NodeConfig::read_locked(std::uint64_t number) const {
  HW_TRY(const Generation generation, store_.read(number));
  NamedDomain& known = known_[number];
  if (known.domain != nullptr && known.sha256 == generation.sha256) return known;
  CheckedDomain checked = read_domain(generation.text, home_);
  if (!checked.domain) {
    // It passed the check when it was stored: by another release, which knew other keys.
    for (const Finding& finding : checked.findings.all())
      if (finding.error.severity == Severity::Error) return finding.error;
    return bad_key(fmt::format("generation {}", number), "not a configuration");
  }
  known = {number, generation.sha256, std::make_shared<const Domain>(*std::move(checked.domain))};
  return known;
}

Result<Generation> NodeConfig::text(std::uint64_t number) const {
  const MutexLock guard(mutex_);
  return store_.read(number);
}

Result<std::vector<GenerationRow>> NodeConfig::list() const {
  const MutexLock guard(mutex_);
  return store_.list();
}

Result<std::uint64_t> NodeConfig::highest() const {
  const MutexLock guard(mutex_);
  return store_.highest();
}

Result<bool> NodeConfig::came_by_add(std::uint64_t from, std::uint64_t to) const {
  const MutexLock guard(mutex_);
  return store_.came_by_add(from, to);
}

Status NodeConfig::put(const Generation& generation) {
  const MutexLock guard(mutex_);
  return store_.put(generation);
}

Status NodeConfig::put_named(const std::string& name, std::string_view text) {
  const MutexLock guard(mutex_);
  return store_.put_named(name, text);
}

Status NodeConfig::drop(std::uint64_t number) {
  const MutexLock guard(mutex_);
  known_.erase(number);
  return store_.drop(number);
}

Status NodeConfig::make_current(std::uint64_t number) {
  const MutexLock guard(mutex_);
  HW_TRY(NamedDomain named, read_locked(number));
  HW_TRY_VOID(store_.make_current(number));
  current_ = std::move(named);
  return {};
}

void NodeConfig::note_running(std::uint64_t number) {
  const MutexLock guard(mutex_);
  running_ = number;
}

}  // namespace hw::cluster
