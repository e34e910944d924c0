#include "cluster/site/site_waits.h"

#include <utility>

namespace hw::cluster {

struct InstanceHolds::State {
  std::shared_ptr<SiteWaits> waits;
  std::map<std::string, std::string> deeds;  ///< by instance
};

class InstanceHolds::Hold {
 public:
  Hold(std::shared_ptr<State> state, std::string instance) : state_(std::move(state)), instance_(std::move(instance)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    state_->waits->change([this] { state_->deeds.erase(instance_); });
  }

 private:
  const std::shared_ptr<State> state_;
  const std::string instance_;
};

InstanceHolds::InstanceHolds(std::shared_ptr<SiteWaits> waits, std::string node)
    : state_(std::make_shared<State>()), node_(std::move(node)) {
  state_->waits = std::move(waits);
}

Result<std::shared_ptr<InstanceHolds::Hold>> InstanceHolds::take(const std::string& instance, const std::string& deed,
                                                                 Deadline deadline, const CancelFlag& cancelled) {
  auto& deeds = state_->deeds;
  bool taken = false;
  state_->waits->wait(deadline, [&] {
    if (is_cancelled(cancelled)) return true;
    if (!taken) taken = deeds.try_emplace(instance, deed).second;
    return taken;
  });
  if (taken) return std::make_shared<Hold>(state_, instance);
  const std::string why = state_->waits->look([&] {
    const auto found = deeds.find(instance);
    return found == deeds.end() ? std::string("given up") : found->second + " is not done yet";
  });
  return make_error<MsgId::HWREMOTE>(node_, fmt::format("{} of {}: {}", deed, instance, why));
}

void MemoryGate::pass(const std::string& instance, const std::function<void(bool)>& look) {
  bool open = false;
  waits_->change([&] {
    Entry& entry = entries_[instance];
    open = entry.shut == 0;
    if (open) ++entry.inside;
  });
  look(open);
  if (open) waits_->change([&] { --entries_[instance].inside; });
}

MemoryGate::Shut::Shut(MemoryGate& gate, std::string instance) : gate_(gate), instance_(std::move(instance)) {
  gate_.waits_->change([this] { ++gate_.entries_[instance_].shut; });
  // A look is short.
  gate_.waits_->wait(Deadline::max(), [this] { return gate_.entries_[instance_].inside == 0; });
}

MemoryGate::Shut::~Shut() {
  gate_.waits_->change([this] { --gate_.entries_[instance_].shut; });
}

}  // namespace hw::cluster
