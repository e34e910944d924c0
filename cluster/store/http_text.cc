#include "cluster/store/http_text.h"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster::store {
namespace {

namespace http = boost::beast::http;

constexpr unsigned kVersion = 11;

boost::beast::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string http_post(std::string_view host, std::string_view path, std::string_view token, std::string_view body) {
  http::request<http::string_body> request(http::verb::post, view_of(path), kVersion);
  request.set(http::field::host, view_of(host));
  request.set(http::field::content_type, "application/json");
  if (!token.empty()) request.set(http::field::authorization, view_of(token));
  request.body() = body;
  request.prepare_payload();
  std::ostringstream out;
  out << request;
  return std::move(out).str();
}

struct HttpAnswerReader::Parts {
  http::response_parser<http::string_body> parser;
  std::string unread;  ///< bytes that the parser does not take without more
  State state = State::Head;
  std::string fault;
  bool streamed = false;
};

HttpAnswerReader::HttpAnswerReader(bool streamed) : parts_(std::make_unique<Parts>()) {
  parts_->streamed = streamed;
  parts_->parser.eager(true);
  parts_->parser.header_limit(kStoreAnswerHeadBytesMax);
  if (streamed) {
    parts_->parser.body_limit(boost::none);
  } else {
    parts_->parser.body_limit(kStoreAnswerBodyBytesMax);
  }
}
HttpAnswerReader::~HttpAnswerReader() = default;
HttpAnswerReader::HttpAnswerReader(HttpAnswerReader&&) noexcept = default;
HttpAnswerReader& HttpAnswerReader::operator=(HttpAnswerReader&&) noexcept = default;

HttpAnswerReader::State HttpAnswerReader::feed(std::string_view bytes) {
  if (parts_->state == State::Broken) return State::Broken;
  parts_->unread += bytes;
  return step(/*at_end=*/false);
}

HttpAnswerReader::State HttpAnswerReader::end() { return step(/*at_end=*/true); }

HttpAnswerReader::State HttpAnswerReader::step(bool at_end) {
  Parts& at = *parts_;
  if (at.state == State::Done || at.state == State::Broken) return at.state;
  const auto broken = [&](std::string why) {
    at.state = State::Broken;
    at.fault = std::move(why);
    return at.state;
  };
  boost::beast::error_code code;
  while (!at.unread.empty() && !at.parser.is_done()) {
    const std::size_t taken = at.parser.put(boost::asio::buffer(at.unread), code);
    at.unread.erase(0, taken);
    if (code == http::error::need_more) {
      code = {};
      break;
    }
    if (code) return broken(code.message());
    if (taken == 0) break;
  }
  // Of an answer that has not begun the parser would make one without fields.
  if (at_end && !at.parser.is_header_done()) return broken("connection closed");
  if (at_end && !at.parser.is_done()) {
    at.parser.put_eof(code);
    if (code) return broken("connection closed");
  }
  if (at.parser.is_header_done()) at.state = at.parser.is_done() ? State::Done : State::Body;
  // Of the head the parser knows the bound itself, of a chunk's own head it does not.
  if (at.state != State::Done && at.unread.size() > kStoreAnswerHeadBytesMax) return broken("a line of it is too long");
  if (at.parser.get().body().size() > kStoreAnswerBodyBytesMax) return broken("body limit exceeded");
  return at.state;
}

HttpAnswerReader::State HttpAnswerReader::state() const { return parts_->state; }

unsigned HttpAnswerReader::status() const { return parts_->parser.get().result_int(); }

std::string HttpAnswerReader::take_body() { return std::exchange(parts_->parser.get().body(), {}); }

const std::string& HttpAnswerReader::fault() const { return parts_->fault; }

bool HttpAnswerReader::may_keep() const {
  return parts_->state == State::Done && parts_->unread.empty() && parts_->parser.keep_alive();
}

}  // namespace hw::cluster::store
