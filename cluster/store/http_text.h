/// cluster/store/http_text.h -- requests and answers of HTTP/1.1 as bytes. Pure.
///
/// Source: RFC 9112, as Boost.Beast reads it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hw::cluster::store {

/// A POST of JSON. `host` and `path` are ours, `token` is graphic ASCII; empty: none is sent.
std::string http_post(std::string_view host, std::string_view path, std::string_view token, std::string_view body);

/// The answer to one request, as its bytes come. What comes in any pieces is read alike.
class HttpAnswerReader {
 public:
  enum class State {
    Head,   ///< status and fields are not whole yet
    Body,   ///< they are
    Done,   ///< all of the answer has come
    Broken  ///< it is no HTTP, or longer than kStoreAnswerHeadBytesMax, kStoreAnswerBodyBytesMax
  };
  /// A streamed answer has no end: only what of its body was not taken yet is bounded.
  explicit HttpAnswerReader(bool streamed);
  ~HttpAnswerReader();
  HttpAnswerReader(HttpAnswerReader&&) noexcept;
  HttpAnswerReader& operator=(HttpAnswerReader&&) noexcept;

  /// Nothing more after Done or Broken.
  State feed(std::string_view bytes);
  /// The connection has ended. Done when that ends the answer.
  State end();
  State state() const;

  /// From Body on.
  unsigned status() const;
  /// The body that has come since the last call.
  std::string take_body();
  /// Broken: why.
  const std::string& fault() const;
  /// Done: another request may follow on this connection; nothing has come after the answer.
  bool may_keep() const;

 private:
  struct Parts;
  State step(bool at_end);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hw::cluster::store
