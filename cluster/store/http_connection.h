/// cluster/store/http_connection.h -- one kept connection to a member of the store: a request, its answer, the next
/// one.
///
/// It is read all the time, so that one that the member has closed is known before it is used. It has no times of its
/// own: who uses it closes it when an answer takes too long.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/link/channel.h"
#include "cluster/link/dial.h"
#include "cluster/store/endpoint.h"
#include "cluster/store/http_text.h"

namespace hw::cluster::store {

inline constexpr unsigned kHttpOk = 200;

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

/// Thread: the loop's. Callbacks come from the loop, never from inside of a call, and not after `close`. All errors are
/// HWREMOTE with the member's URL and the reason.
class HttpConnection final : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Opened = std::function<void(Status)>;
  using Answered = std::function<void(Result<HttpAnswer>)>;
  using Came = std::function<void(std::string)>;

  /// `tls`: of an https endpoint, whose certificate must be for its host. Names and addresses are tried until the
  /// deadline.
  static std::shared_ptr<HttpConnection> open(std::shared_ptr<LinkLoop> loop, StoreEndpoint endpoint, TlsContext tls,
                                              Dial::Deadline deadline, Opened opened);
  ~HttpConnection();

  /// Whether a request may be sent: the connection is open, and no answer is awaited.
  bool is_free() const { return state_ == State::Free; }
  void post(std::string_view path, std::string_view token, std::string_view body, Answered answered);
  /// The same for an answer without end: `came` has its pieces when its status is 200; `ended` comes with its end, with
  /// another status and its body, or with the connection's end.
  void post_streamed(std::string_view path, std::string_view token, std::string_view body, Came came, Answered ended);

  void close();

 private:
  enum class State { Opening, Free, Busy, Closed };
  /// What is awaited.
  struct Exchange {
    HttpAnswerReader reader;
    Came came;  ///< empty: the answer as a whole
    Answered answered;
  };
  HttpConnection(std::shared_ptr<LinkLoop> loop, StoreEndpoint endpoint, TlsContext tls, Opened opened);
  void connected(Result<Dial::Connected> outcome);
  void channel_opened(const ChannelOutcome& outcome);
  void finish_opening(Status outcome);
  void begin(std::string request, Exchange exchange);
  void write();
  void read();
  void take(std::string_view bytes);
  void ended(std::string_view why);
  void finish(Result<HttpAnswer> answer, bool keep);
  void fail(std::string_view why);
  Error remote(std::string_view why) const;

  std::shared_ptr<LinkLoop> loop_;
  StoreEndpoint endpoint_;
  TlsContext tls_;
  Opened opened_;
  State state_ = State::Opening;
  std::shared_ptr<Dial> dial_;
  std::shared_ptr<Channel> channel_;
  std::optional<Exchange> exchange_;
  std::string out_;  ///< what of the request has not gone out
  bool writing_ = false;
  std::array<char, 16384> room_{};
};

}  // namespace hw::cluster::store
