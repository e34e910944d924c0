/// cluster/store/lane.h -- requests of one purpose to the store, one under way at a time, over one kept connection.
///
/// A request is sent once: nothing that a member may have begun to do is asked for again. Only a member that cannot be
/// reached gives way to the next one within the same request. A new request supersedes the one under way: its answer is
/// dropped, and the connection with it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cluster/store/http_connection.h"
#include "cluster/store/loop_timer.h"
#include "cluster/store/members.h"
#include "engine/tls/tls_files.h"

namespace hw::cluster::store {

/// What all lanes of a client have in common. Thread: the loop's.
struct LaneSettings {
  std::shared_ptr<LinkLoop> loop;
  Members members;
  std::optional<TlsFiles> tls;         ///< there when a member is https
  std::chrono::milliseconds patience;  ///< until a request counts as unanswered
};

/// Thread: the loop's. All errors are HWREMOTE with the member's URL and the reason.
class Lane final : public LoopUser {
 public:
  struct Request {
    std::string path;
    std::string token;
    std::string body;
    /// The request before it was not answered in time: goes to the next member, unless that is the current one by now.
    bool other_member = false;
  };
  using Done = std::function<void(Result<HttpAnswer>)>;

  explicit Lane(std::shared_ptr<LaneSettings> settings);
  /// Nothing is called any more.
  ~Lane() override;
  void loop_ends() override;

  /// `done` is called once, from the loop, within the patience; not when it is superseded.
  void send(Request request, Done done);
  /// The one under way is given up.
  void give_up();

 private:
  struct UnderWay {
    Request request;
    Done done;
    Dial::Deadline deadline;
    std::size_t member;
    std::size_t unreached = 0;  ///< members
  };
  void try_member();
  void opened(Status outcome);
  void post();
  void late();
  void finish(Result<HttpAnswer> answer, bool leave);
  void drop_connection();

  std::shared_ptr<LaneSettings> settings_;
  LoopTimer deadline_;
  std::shared_ptr<HttpConnection> connection_;
  std::size_t connected_to_ = 0;  ///< member of the connection
  std::optional<std::size_t> last_member_;
  std::optional<UnderWay> under_way_;
  bool ended_ = false;
};

}  // namespace hw::cluster::store
