#include "cluster/store/watch.h"

#include <utility>

#include "cluster/store/keys.h"
#include "cluster/store/token_calls.h"
#include "cluster/store/watch_calls.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster::store {

StoreWatch::StoreWatch(std::shared_ptr<StoreClient> client, std::string prefix, Hooks hooks,
                       std::chrono::milliseconds pause)
    : LoopUser(client->settings()->loop),
      client_(std::move(client)),
      prefix_(std::move(prefix)),
      hooks_(std::move(hooks)),
      pause_(pause),
      timer_(client_->settings()->loop) {
  timer_.after({}, [this] { begin(); });
}

StoreWatch::~StoreWatch() { drop(); }

void StoreWatch::loop_ends() { drop(); }

void StoreWatch::drop() {
  timer_.cancel();
  life_.reset();
  if (const auto connection = std::exchange(connection_, nullptr)) connection->close();
}

Error StoreWatch::remote(std::string_view why) const {
  return make_error<MsgId::HWREMOTE>(text_of(client_->members().at(member_)), why);
}

void StoreWatch::again(const Error& why, bool leave) {
  drop();
  if (leave) client_->members().leave(member_);
  timer_.after(pause_, [this] { begin(); });
  hooks_.ended(why);
}

void StoreWatch::begin() {
  HW_CHECK(connection_ == nullptr);  // What comes from a former one would count as this one's.
  life_ = std::make_shared<int>();
  created_ = false;
  unread_.clear();
  member_ = client_->members().current();
  timer_.after(client_->settings()->patience, [this] { again(remote("watch: no answer in time"), /*leave=*/true); });
  if (client_->tokens().ready()) return open();
  with_token();
}

void StoreWatch::with_token() {
  client_->tokens().ask([this, held = std::weak_ptr<int>(life_)](const Status& outcome) {
    if (held.lock() == nullptr) return;
    if (!outcome.has_value()) return again(outcome.error(), /*leave=*/false);
    open();
  });
}

void StoreWatch::open() {
  // The timer comes first.
  const auto deadline = LoopTimer::Clock::now() + 2 * client_->settings()->patience;
  connection_ = HttpConnection::open(client_->settings()->loop, client_->members().at(member_),
                                     client_->tls_of(member_), deadline, [this](const Status& outcome) {
                                       if (!outcome.has_value()) return again(outcome.error(), /*leave=*/true);
                                       post();
                                     });
}

void StoreWatch::post() {
  token_ = client_->tokens().token();
  connection_->post_streamed(
      kWatchPath, token_, encode_watch(prefix_, end_of(prefix_)), [this](const std::string& piece) { take(piece); },
      [this](const Result<HttpAnswer>& answer) { ended(answer); });
}

void StoreWatch::take(const std::string& piece) {
  unread_ += piece;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = unread_.find('\n', begin)) != unread_.npos; begin = end + 1) {
    const std::string line = unread_.substr(begin, end - begin);
    // A hook may have taken this away, or begun again.
    if (!line.empty() && !take_line(line)) return;
  }
  unread_.erase(0, begin);
  if (unread_.size() > kStoreAnswerBodyBytesMax) again(remote("watch: a line of it is too long"), /*leave=*/true);
}

bool StoreWatch::take_line(std::string_view text) {
  const auto line = decode_watch_line(text);
  if (!line.has_value()) {
    again(remote(fmt::format("watch: {}", line.error())), /*leave=*/true);
    return false;
  }
  if (line->canceled) {
    again(remote(line->compact_revision != 0 ? "watch: compacted" : "watch: canceled"), /*leave=*/false);
    return false;
  }
  const std::weak_ptr<int> held = life_;
  if (line->created && !std::exchange(created_, true)) {
    timer_.after(kWatchLook, [this] { look(); });
    hooks_.began();
  }
  for (const WatchEvent& event : line->events) {
    if (held.lock() == nullptr) return false;
    hooks_.changed(event.key);
  }
  return held.lock() != nullptr;
}

void StoreWatch::ended(const Result<HttpAnswer>& answer) {
  if (!answer.has_value()) return again(answer.error(), /*leave=*/false);
  const Refusal refusal = refusal_of(answer->body);
  if (!token_.empty() && wants_new_token(answer->status, refusal)) client_->tokens().refused(token_);
  again(remote(fmt::format("watch: {} {}", answer->status, refusal.reason)), /*leave=*/false);
}

void StoreWatch::look() {
  if (client_->members().current() == member_) return timer_.after(kWatchLook, [this] { look(); });
  // Requests go elsewhere: this member may be cut off, and then it says nothing.
  drop();
  begin();
}

}  // namespace hw::cluster::store
