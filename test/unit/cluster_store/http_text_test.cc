// Requests and answers of HTTP as bytes.
#include "cluster/store/http_text.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"

namespace hw::cluster::store {
namespace {

using State = HttpAnswerReader::State;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\"}";
const std::string kChunked =
    "HTTP/1.1 404 Not Found\r\nTrailer: Grpc-Trailer-Content-Type\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4\r\nabcd\r\n2\r\nef\r\n0\r\nGrpc-Trailer-Content-Type: application/grpc\r\n\r\n";

TEST(HttpPost, IsWhole) {
  EXPECT_EQ(http_post("127.0.0.1:2379", "/v3/kv/range", "", "{}"),
            "POST /v3/kv/range HTTP/1.1\r\nHost: 127.0.0.1:2379\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n{}");
  EXPECT_NE(http_post("h:1", "/p", "abc.9", "{}").find("\r\nAuthorization: abc.9\r\n"), std::string::npos);
}

TEST(HttpAnswer, IsReadAlikeInAnyPieces) {
  for (const auto& [bytes, status, body] :
       {std::tuple(kOk, 200U, std::string("{\"a\"}")), std::tuple(kChunked, 404U, std::string("abcdef"))}) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      HttpAnswerReader reader(false);
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        EXPECT_NE(reader.state(), State::Done) << piece;
        reader.feed(bytes.substr(at, piece));
      }
      ASSERT_EQ(reader.state(), State::Done) << piece << ' ' << reader.fault();
      EXPECT_EQ(reader.status(), status);
      EXPECT_EQ(reader.take_body(), body);
      EXPECT_TRUE(reader.may_keep());
    }
  }
}

TEST(HttpAnswer, OfAStreamTheBodyComesInPieces) {
  HttpAnswerReader reader(true);
  EXPECT_EQ(reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), State::Body);
  EXPECT_EQ(reader.feed("3\r\nabc\r\n2\r\nd"), State::Body);
  EXPECT_EQ(reader.take_body(), "abcd");
  EXPECT_EQ(reader.take_body(), "");
  EXPECT_EQ(reader.feed("e\r\n"), State::Body);
  EXPECT_EQ(reader.take_body(), "e");
  // More than an answer may have, all in all.
  const std::string large(65536, 'x');
  for (std::size_t sent = 0; sent < 2 * kStoreAnswerBodyBytesMax; sent += large.size()) {
    ASSERT_EQ(reader.feed("10000\r\n" + large + "\r\n"), State::Body) << reader.fault();
    EXPECT_EQ(reader.take_body(), large);
  }
  EXPECT_EQ(reader.feed("0\r\n\r\n"), State::Done);
}

TEST(HttpAnswer, IsBounded) {
  HttpAnswerReader announced(false);
  EXPECT_EQ(announced.feed("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), State::Broken);
  HttpAnswerReader until_end(false);
  until_end.feed("HTTP/1.1 200 OK\r\n\r\n");
  State state = State::Body;
  for (std::size_t sent = 0; sent <= kStoreAnswerBodyBytesMax; sent += 65536)
    state = until_end.feed(std::string(65536, 'x'));
  EXPECT_EQ(state, State::Broken);
  HttpAnswerReader head(false);
  EXPECT_EQ(head.feed("HTTP/1.1 200 OK\r\nA: " + std::string(2 * kStoreAnswerHeadBytesMax, 'x')), State::Broken);
  HttpAnswerReader chunk(true);
  EXPECT_EQ(chunk.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(40000, 'x')),
            State::Broken);
  HttpAnswerReader not_taken(true);
  not_taken.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t sent = 0; sent <= kStoreAnswerBodyBytesMax; sent += 65536)
    state = not_taken.feed("10000\r\n" + std::string(65536, 'x') + "\r\n");
  EXPECT_EQ(state, State::Broken);
}

TEST(HttpAnswer, TheEndOfTheConnectionEndsSomeAnswers) {
  HttpAnswerReader until_end(false);
  until_end.feed("HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\nword");
  EXPECT_EQ(until_end.end(), State::Done);
  EXPECT_EQ(until_end.take_body(), "word");
  EXPECT_FALSE(until_end.may_keep());
  HttpAnswerReader half(false);
  half.feed(kOk.substr(0, kOk.size() - 1));
  EXPECT_EQ(half.end(), State::Broken);
  EXPECT_EQ(half.fault(), "connection closed");
  HttpAnswerReader nothing(false);
  EXPECT_EQ(nothing.end(), State::Broken);
  HttpAnswerReader whole(false);
  whole.feed(kOk);
  EXPECT_EQ(whole.end(), State::Done);
}

TEST(HttpAnswer, WhatIsNoneIsBroken) {
  for (const char* const bytes :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "\x15\x03\x01\x02\x02\x50\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"}) {
    HttpAnswerReader reader(false);
    EXPECT_EQ(reader.feed(bytes), State::Broken) << bytes;
    EXPECT_EQ(reader.feed(kOk), State::Broken);
  }
}

TEST(HttpAnswer, WhatFollowsItKeepsNoConnection) {
  HttpAnswerReader reader(false);
  EXPECT_EQ(reader.feed(kOk + "x"), State::Done);
  EXPECT_FALSE(reader.may_keep());
}

}  // namespace
}  // namespace hw::cluster::store
