#include "cluster/link/frame.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "cluster/link/frame_flow.h"
#include "test/unit/cluster_link/agent_samples.h"
#include "test/unit/replic/golden.h"

namespace hw::cluster {
namespace {

constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kTypeAt = 6;
constexpr std::size_t kFlagsAt = 7;
constexpr std::size_t kBodyBytesAt = 8;
constexpr std::size_t kZeroAt = 12;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kRequestAt = 24;

Digest key_of(unsigned char first) {
  Digest out;
  out.fill(std::byte{first});
  return out;
}

AgentFrameVerdict verdict_of(std::string bytes, AgentEnd from = AgentEnd::Caller,
                             std::size_t body_bytes_max = kAgentBodyBytesMax) {
  AgentFrameHeader out;
  return decode_agent_header(as_bytes(bytes).first<kAgentHeaderBytes>(), from, body_bytes_max, out);
}

std::string request_frame(std::string_view body = "abc") {
  const Digest key = key_of(1);
  return encode_agent_frame({AgentFrameType::Request, false, 0, 5, 7}, body, &key);
}

template <typename T>
AgentFrameVerdict verdict_with(std::size_t offset, T value) {
  std::string bytes = request_frame();
  put_le<T>(std::as_writable_bytes(std::span(bytes)), offset, value);
  return verdict_of(bytes);
}

TEST(AgentFrame, HeaderIsTheTableOfBytes) {
  const std::string_view expected(
      "HWAL\1\0\5\0"
      "\3\0\0\0\0\0\0\0"
      "\5\0\0\0\0\0\0\0"
      "\7\0\0\0\0\0\0\0"
      "abc",
      kAgentHeaderBytes + 3);
  const std::string frame = request_frame();
  EXPECT_EQ(frame.substr(0, expected.size()), expected);
  EXPECT_EQ(frame.size(), expected.size() + kAgentSealBytes);
  const Digest seal = hmac_sha256(key_of(1), as_bytes(expected));
  EXPECT_EQ(frame.substr(expected.size()), as_text(Bytes(seal).first(kAgentSealBytes)));
}

TEST(AgentFrame, EveryFieldIsChecked) {
  EXPECT_EQ(verdict_of(request_frame()), AgentFrameVerdict::Good);
  EXPECT_EQ(verdict_with<std::uint32_t>(kMagicAt, 0x50525748), AgentFrameVerdict::BadMagic);
  EXPECT_EQ(verdict_with<std::uint16_t>(kVersionAt, 2), AgentFrameVerdict::UnknownVersion);
  EXPECT_EQ(verdict_with<std::uint8_t>(kTypeAt, 0), AgentFrameVerdict::UnknownType);
  EXPECT_EQ(verdict_with<std::uint8_t>(kTypeAt, 200), AgentFrameVerdict::UnknownType);
  EXPECT_EQ(verdict_with<std::uint8_t>(kFlagsAt, 2), AgentFrameVerdict::BadFlags);
  EXPECT_EQ(verdict_with<std::uint8_t>(kFlagsAt, 1), AgentFrameVerdict::Good);
  EXPECT_EQ(verdict_with<std::uint32_t>(kZeroAt, 1), AgentFrameVerdict::BadFlags);
  EXPECT_EQ(verdict_with<std::uint32_t>(kBodyBytesAt, kAgentBodyBytesMax), AgentFrameVerdict::Good);
  EXPECT_EQ(verdict_with<std::uint32_t>(kBodyBytesAt, kAgentBodyBytesMax + 1), AgentFrameVerdict::BadLength);
  EXPECT_EQ(verdict_with<std::uint64_t>(kRequestAt, 0), AgentFrameVerdict::BadRequest);
}

TEST(AgentFrame, AWholeFrameHasAtMostOneMiB) {
  const std::string frame = request_frame(std::string(kAgentBodyBytesMax, 'x'));
  EXPECT_EQ(frame.size(), std::size_t{1} << 20);
  EXPECT_EQ(verdict_of(frame, AgentEnd::Caller, 512), AgentFrameVerdict::BadLength);
}

TEST(AgentFrame, ATypeBelongsToTheEndThatSendsIt) {
  for (const auto& row : agent_frame_types()) {
    std::string bytes = request_frame();
    put_le<std::uint8_t>(std::as_writable_bytes(std::span(bytes)), kTypeAt, static_cast<std::uint8_t>(row.type));
    if (is_greeting(row.type)) put_le<std::uint64_t>(std::as_writable_bytes(std::span(bytes)), kRequestAt, 0);
    const AgentEnd other = row.from == AgentEnd::Caller ? AgentEnd::Agent : AgentEnd::Caller;
    EXPECT_EQ(verdict_of(bytes, row.from), AgentFrameVerdict::Good) << row.name;
    EXPECT_EQ(verdict_of(bytes, other), AgentFrameVerdict::UnknownType) << row.name;
  }
}

TEST(AgentFrame, OnlyMessagesGoOnInAnotherFrame) {
  std::string bytes = request_frame();
  const auto out = std::as_writable_bytes(std::span(bytes));
  put_le<std::uint8_t>(out, kFlagsAt, 1);
  put_le<std::uint8_t>(out, kTypeAt, static_cast<std::uint8_t>(AgentFrameType::Cancel));
  EXPECT_EQ(verdict_of(bytes), AgentFrameVerdict::BadFlags);
}

TEST(AgentFrame, ConversationIsTheGoldenOne) {
  std::string all;
  for (const auto& frame : test::sample_frames()) all += frame.bytes;
  hw::test::expect_golden("agent_link_version1.bin", all);
}

TEST(AgentFrame, EveryTypeStandsInThePage) {
  std::ifstream in(std::string(HW_SOURCE_DIR) + "/docs/formats/agent-link.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  for (const auto& row : agent_frame_types()) {
    const std::string line = fmt::format("| {} | {} | {} | ", static_cast<unsigned>(row.type), row.name,
                                         row.from == AgentEnd::Caller ? "caller" : "agent");
    EXPECT_NE(page.find(line), std::string::npos) << line;
  }
}

// ---- one direction ----

/// The caller's reader, or the agent's, as far as the handshake has brought it.
AgentFrameReader reader_of_sealed(AgentEnd from, const test::SampleSession& session) {
  AgentFrameReader reader(from);
  AgentFrame frame;
  for (const auto& each : session.frames) {
    if (each.from != from) continue;
    reader.feed(as_bytes(each.bytes));
    EXPECT_EQ(reader.next(frame), AgentFrameVerdict::Good) << each.name;
  }
  reader.seal_with(from == AgentEnd::Caller ? session.caller.keys().from_caller : session.caller.keys().from_agent);
  return reader;
}

AgentFrameVerdict verdict_of(AgentFrameReader& reader, std::string_view bytes) {
  AgentFrame frame;
  reader.feed(as_bytes(bytes));
  return reader.next(frame);
}

TEST(AgentFrameReader, FramesComeWholeByteByByte) {
  test::SampleSession session;
  AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
  const std::string first = session.from_caller.frame(AgentFrameType::Request, 1, "one");
  const std::string second = session.from_caller.frame(AgentFrameType::Request, 2, "");
  AgentFrame frame;
  for (const char byte : first.substr(0, first.size() - 1)) {
    EXPECT_EQ(verdict_of(reader, std::string_view(&byte, 1)), AgentFrameVerdict::Incomplete);
    EXPECT_TRUE(reader.inside_frame());
  }
  reader.feed(as_bytes(first.substr(first.size() - 1) + second));
  ASSERT_EQ(reader.next(frame), AgentFrameVerdict::Good);
  EXPECT_EQ(frame.body, "one");
  EXPECT_EQ(frame.request, 1u);
  ASSERT_EQ(reader.next(frame), AgentFrameVerdict::Good);
  EXPECT_EQ(frame.body, "");
  EXPECT_EQ(frame.request, 2u);
  EXPECT_EQ(reader.next(frame), AgentFrameVerdict::Incomplete);
  EXPECT_FALSE(reader.inside_frame());
}

TEST(AgentFrameReader, ARepeatedFrameIsRefused) {
  test::SampleSession session;
  AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
  const std::string frame = session.from_caller.frame(AgentFrameType::Request, 1, "boot");
  EXPECT_EQ(verdict_of(reader, frame), AgentFrameVerdict::Good);
  EXPECT_EQ(verdict_of(reader, frame), AgentFrameVerdict::BadSequence);
}

TEST(AgentFrameReader, AFrameLeftOutIsNoticed) {
  test::SampleSession session;
  AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
  (void)session.from_caller.frame(AgentFrameType::Request, 1, "lost");
  EXPECT_EQ(verdict_of(reader, session.from_caller.frame(AgentFrameType::Request, 2, "boot")),
            AgentFrameVerdict::BadSequence);
}

TEST(AgentFrameReader, AFrameWithItsNumberPutRightHasAWrongSeal) {
  test::SampleSession session;
  AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
  std::string frame = session.from_caller.frame(AgentFrameType::Request, 1, "boot");
  EXPECT_EQ(verdict_of(reader, frame), AgentFrameVerdict::Good);
  const auto out = std::as_writable_bytes(std::span(frame));
  put_le<std::uint64_t>(out, kSequenceAt, get_le<std::uint64_t>(out, kSequenceAt) + 1);
  EXPECT_EQ(verdict_of(reader, frame), AgentFrameVerdict::BadSeal);
}

TEST(AgentFrameReader, AFrameOfAnotherConnectionHasAWrongSeal) {
  test::SampleSession session;
  Greeting again = test::sample_caller();
  again.nonce[0] ^= std::byte{1};
  CallerHandshake other(again, test::kSampleKey);
  AgentHandshake agent(test::sample_agent(), test::kSampleKey);
  const auto challenge = agent.on_frame(AgentFrameType::Hello, as_bytes(other.begin().body));
  const auto proof = other.on_frame(AgentFrameType::Challenge, as_bytes(challenge.send->body));
  ASSERT_TRUE(agent.on_frame(AgentFrameType::Proof, as_bytes(proof.send->body)).established);
  AgentFrameWriter writer;
  writer.frame(AgentFrameType::Hello, 0, "");
  writer.frame(AgentFrameType::Proof, 0, "");
  writer.seal_with(agent.keys().from_caller);
  AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
  EXPECT_EQ(verdict_of(reader, writer.frame(AgentFrameType::Request, 1, "boot")), AgentFrameVerdict::BadSeal);
}

TEST(AgentFrameReader, TheKeysOfBothDirectionsDiffer) {
  const test::SampleSession session;
  EXPECT_NE(session.caller.keys().from_caller, session.caller.keys().from_agent);
  EXPECT_EQ(session.caller.keys().from_agent, session.agent.keys().from_agent);
}

TEST(AgentFrameReader, MessagesBeforeTheProofAreRefused) {
  AgentFrameReader reader(AgentEnd::Caller);
  EXPECT_EQ(verdict_of(reader, request_frame()), AgentFrameVerdict::UnknownType);
}

TEST(AgentFrameReader, GreetingsAfterTheProofAreRefused) {
  test::SampleSession session;
  AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
  EXPECT_EQ(verdict_of(reader, session.frames[0].bytes), AgentFrameVerdict::UnknownType);
}

TEST(AgentFrameReader, ALongBodyBeforeTheProofIsRefusedWithItsHeader) {
  AgentFrameWriter writer;
  AgentFrameReader reader(AgentEnd::Caller);
  const std::string frame = writer.frame(AgentFrameType::Hello, 0, std::string(kAgentGreetingBytesMax + 1, 'x'));
  EXPECT_EQ(verdict_of(reader, frame.substr(0, kAgentHeaderBytes)), AgentFrameVerdict::BadLength);
}

TEST(AgentFrameReader, WhatIsBrokenStaysBroken) {
  AgentFrameReader reader(AgentEnd::Caller);
  EXPECT_EQ(verdict_of(reader, std::string(64, 'x')), AgentFrameVerdict::BadMagic);
  EXPECT_EQ(verdict_of(reader, AgentFrameWriter().frame(AgentFrameType::Hello, 0, "")), AgentFrameVerdict::BadMagic);
}

// Property: whatever changes on the way, nothing is taken that was not sent, in the order in which it was sent.
TEST(AgentFrameReader, PropertyChangedBytesAreNeverTaken) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  for (int round = 0; round < 3000; ++round) {
    test::SampleSession session;
    AgentFrameReader reader = reader_of_sealed(AgentEnd::Caller, session);
    std::vector<std::string> sent;
    std::string bytes;
    for (int i = 0; i < 4; ++i) {
      sent.push_back(std::string(random() % 40, static_cast<char>('a' + i)));
      bytes += session.from_caller.frame(AgentFrameType::Request, static_cast<std::uint64_t>(i + 1), sent.back());
    }
    switch (random() % 4) {
      case 0:
        bytes[random() % bytes.size()] ^= static_cast<char>(1u << (random() % 8));
        break;
      case 1:
        bytes.erase(random() % bytes.size(), 1 + random() % 60);
        break;
      case 2:
        bytes.insert(random() % bytes.size(), bytes.substr(random() % bytes.size(), 1 + random() % 60));
        break;
      default:
        break;
    }
    reader.feed(as_bytes(bytes));
    AgentFrame frame;
    std::size_t taken = 0;
    while (reader.next(frame) == AgentFrameVerdict::Good) {
      ASSERT_LT(taken, sent.size());
      ASSERT_EQ(frame.body, sent[taken]);
      ++taken;
    }
  }
}

// ---- messages of several frames ----

AgentFrame piece(AgentFrameType type, std::uint64_t request, std::string body, bool more) {
  return {type, more, request, std::move(body)};
}

TEST(AgentMessageReader, PiecesBecomeOneMessage) {
  AgentMessageReader reader;
  AgentFrame frame = piece(AgentFrameType::Last, 3, "ab", true);
  EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::Incomplete);
  frame = piece(AgentFrameType::Last, 3, "cd", false);
  ASSERT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::Whole);
  EXPECT_EQ(frame.body, "abcd");
  EXPECT_EQ(frame.request, 3u);
}

TEST(AgentMessageReader, ATooLongMessageIsLeftOutAndTheNextOneIsRead) {
  AgentMessageReader reader;
  AgentFrame frame = piece(AgentFrameType::Request, 3, "0123456", true);
  EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::Incomplete);
  frame = piece(AgentFrameType::Request, 3, "0123456", true);
  EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::Incomplete);
  frame = piece(AgentFrameType::Request, 3, "x", false);
  EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::TooLong);
  frame = piece(AgentFrameType::Request, 4, "0123456789", false);
  EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::Whole);
  EXPECT_EQ(frame.body, "0123456789");
}

TEST(AgentMessageReader, MessagesInsideOfEachOtherAreRefused) {
  for (const AgentFrame& other :
       {piece(AgentFrameType::Request, 4, "", false), piece(AgentFrameType::Cancel, 3, "", false)}) {
    AgentMessageReader reader;
    AgentFrame frame = piece(AgentFrameType::Request, 3, "ab", true);
    EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::Incomplete);
    frame = other;
    EXPECT_EQ(reader.add(frame, 10), AgentMessageReader::Outcome::OutOfOrder);
  }
}

TEST(RequestText, IsVerbAndBody) {
  const std::string text = encode_request("boot", "-i");
  EXPECT_EQ(text, std::string_view("\4\0boot-i", 8));
  EXPECT_EQ(decode_request(as_bytes(text)), (RequestText{"boot", "-i"}));
  EXPECT_EQ(decode_request({}), std::nullopt);
  EXPECT_EQ(decode_request(as_bytes(std::string_view("\0\0x", 3))), std::nullopt) << "no verb";
  EXPECT_EQ(decode_request(as_bytes(std::string_view("\5\0boot", 6))), std::nullopt) << "cut";
  const std::string longest(kAgentVerbBytesMax, 'v');
  EXPECT_TRUE(decode_request(as_bytes(encode_request(longest, ""))).has_value());
  EXPECT_EQ(decode_request(as_bytes(std::string("\x41\0", 2) + longest + "v")), std::nullopt) << "too long";
}

}  // namespace
}  // namespace hw::cluster
