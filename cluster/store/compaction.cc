#include "cluster/store/compaction.h"

#include <utility>

#include "cluster/store/key_value_calls.h"

namespace hw::cluster::store {
namespace {

Error bad_answer(std::string_view fault) {
  return make_error<MsgId::HWREMOTE>("etcd", fmt::format("compaction: {}", fault));
}

}  // namespace

Compaction::Compaction(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys, Done done,
                       std::chrono::milliseconds period)
    : caller_(client), folder_(keys.all()), timer_(client->settings()->loop), done_(std::move(done)), period_(period) {
  wait();
}

void Compaction::wait() {
  timer_.after(period_, [this] { read(); });
}

void Compaction::read() {
  // Any read tells the store's revision.
  caller_.call(kRangePath, encode_read(folder_), /*other_member=*/false, [this](const Result<std::string>& answer) {
    if (!answer.has_value()) return finish(answer.error());
    const auto range = decode_range(*answer);
    if (!range.has_value()) return finish(bad_answer(range.error()));
    compact(range->revision);
  });
}

void Compaction::compact(std::uint64_t revision) {
  if (revision == begins_at_) return finish(revision);  // Nothing was put since.
  caller_.call(kCompactionPath, encode_compaction(revision), /*other_member=*/false,
               [this, revision](const Result<std::string>& answer) {
                 if (!answer.has_value()) return finish(answer.error());
                 begins_at_ = revision;
                 finish(revision);
               });
}

void Compaction::finish(const Result<std::uint64_t>& outcome) {
  wait();
  done_(outcome);
}

}  // namespace hw::cluster::store
