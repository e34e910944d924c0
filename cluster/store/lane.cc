#include "cluster/store/lane.h"

#include <utility>

namespace hw::cluster::store {
namespace {

constexpr unsigned kRequestTimeout = 408;
constexpr unsigned kServerError = 500;

/// What is wrong is the member's matter, not the request's.
bool is_members_fault(const Result<HttpAnswer>& answer) {
  return !answer.has_value() || answer->status >= kServerError || answer->status == kRequestTimeout;
}

}  // namespace

Lane::Lane(std::shared_ptr<LaneSettings> settings)
    : LoopUser(settings->loop), settings_(std::move(settings)), deadline_(settings_->loop) {}

Lane::~Lane() {
  give_up();
  drop_connection();
}

void Lane::loop_ends() {
  ended_ = true;
  give_up();
  drop_connection();
}

void Lane::drop_connection() {
  if (const auto connection = std::exchange(connection_, nullptr)) connection->close();
}

void Lane::give_up() {
  deadline_.cancel();
  // With what is under way goes its connection: on a kept one the next answer would be this one's.
  if (under_way_.has_value() || (connection_ != nullptr && !connection_->is_free())) drop_connection();
  under_way_.reset();
}

void Lane::send(Request request, Done done) {
  give_up();
  if (ended_) return;
  Members& members = settings_->members;
  if (request.other_member && last_member_.has_value()) members.leave(*last_member_);
  const auto deadline = LoopTimer::Clock::now() + settings_->patience;
  under_way_ = UnderWay{std::move(request), std::move(done), deadline, members.current()};
  deadline_.at(deadline, [this] { late(); });
  try_member();
}

void Lane::try_member() {
  UnderWay& at = *under_way_;
  last_member_ = at.member;
  if (connection_ != nullptr && connection_->is_free() && connected_to_ == at.member) return post();
  drop_connection();
  connected_to_ = at.member;
  const StoreEndpoint& endpoint = settings_->members.at(at.member);
  const TlsContext tls = endpoint.secure ? settings_->tls->current() : nullptr;
  connection_ = HttpConnection::open(settings_->loop, endpoint, tls, at.deadline,
                                     [this](Status outcome) { opened(std::move(outcome)); });
}

void Lane::opened(Status outcome) {
  if (outcome.has_value()) return post();
  UnderWay& at = *under_way_;
  if (LoopTimer::Clock::now() >= at.deadline) return late();
  connection_.reset();
  settings_->members.leave(at.member);
  // Nothing was sent: the next member may have it.
  if (++at.unreached == settings_->members.count()) return finish(std::move(outcome).error(), /*leave=*/false);
  at.member = (at.member + 1) % settings_->members.count();
  try_member();
}

void Lane::post() {
  const Request& request = under_way_->request;
  connection_->post(request.path, request.token, request.body, [this](Result<HttpAnswer> answer) {
    const bool leave = is_members_fault(answer);
    finish(std::move(answer), leave);
  });
}

void Lane::late() {
  const std::chrono::duration<double> waited = settings_->patience;
  Error error = make_error<MsgId::HWREMOTE>(text_of(settings_->members.at(under_way_->member)),
                                            fmt::format("no answer in {:.3g} s", waited.count()));
  drop_connection();
  finish(std::move(error), /*leave=*/true);
}

void Lane::finish(Result<HttpAnswer> answer, bool leave) {
  deadline_.cancel();
  const UnderWay ended = *std::exchange(under_way_, std::nullopt);
  if (leave) settings_->members.leave(ended.member);
  // The last: it may take this lane away.
  ended.done(std::move(answer));
}

}  // namespace hw::cluster::store
