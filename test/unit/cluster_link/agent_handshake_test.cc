#include <gtest/gtest.h>

#include "test/unit/cluster_link/agent_samples.h"

namespace hw::cluster {
namespace {

using Failure = HandshakeStep::Failure;

/// Lets both ends speak to each other until one of them fails or both are through.
struct Outcome {
  Failure caller = Failure::None;
  Failure agent = Failure::None;
  bool both = false;
};
Outcome speak(CallerHandshake& caller, AgentHandshake& agent) {
  Outcome out;
  auto from_caller = caller.begin();
  bool agent_through = false;
  for (;;) {
    const auto of_agent = agent.on_frame(from_caller.type, as_bytes(from_caller.body));
    out.agent = of_agent.failure;
    agent_through = of_agent.established;
    if (!of_agent.send.has_value()) return out;
    const auto of_caller = caller.on_frame(of_agent.send->type, as_bytes(of_agent.send->body));
    out.caller = of_caller.failure;
    out.both = of_caller.established && agent_through;
    if (!of_caller.send.has_value()) return out;
    from_caller = *of_caller.send;
  }
}

TEST(Handshake, BothEndsKnowEachOtherAfterIt) {
  CallerHandshake caller(test::sample_caller(), test::kSampleKey);
  AgentHandshake agent(test::sample_agent(), test::kSampleKey);
  ASSERT_TRUE(speak(caller, agent).both);
  EXPECT_EQ(caller.other(), test::sample_agent());
  EXPECT_EQ(agent.other(), test::sample_caller());
  EXPECT_EQ(caller.version(), 1);
  EXPECT_EQ(agent.version(), 1);
  EXPECT_EQ(caller.keys().from_caller, agent.keys().from_caller);
  EXPECT_EQ(caller.keys().from_agent, agent.keys().from_agent);
}

TEST(Handshake, ACallerWithAnotherKeyIsRefusedBeforeTheAgentProvesAnything) {
  CallerHandshake caller(test::sample_caller(), std::string(32, 'x'));
  AgentHandshake agent(test::sample_agent(), test::kSampleKey);
  const Outcome outcome = speak(caller, agent);
  EXPECT_FALSE(outcome.both);
  EXPECT_EQ(outcome.agent, Failure::BadProof);
  EXPECT_EQ(outcome.caller, Failure::None);
}

TEST(Handshake, NoKeyIsAnotherKey) {
  CallerHandshake caller(test::sample_caller(), "");
  AgentHandshake agent(test::sample_agent(), test::kSampleKey);
  EXPECT_EQ(speak(caller, agent).agent, Failure::BadProof);
}

TEST(Handshake, AnAgentWithAnotherKeyIsRefused) {
  CallerHandshake caller(test::sample_caller(), test::kSampleKey);
  const auto hello = caller.begin();
  AgentHandshake agent(test::sample_agent(), std::string(32, 'x'));
  const auto challenge = agent.on_frame(hello.type, as_bytes(hello.body));
  const auto proof = caller.on_frame(challenge.send->type, as_bytes(challenge.send->body));
  ASSERT_EQ(proof.failure, Failure::None);
  const auto pretended = session_proofs(std::string(32, 'x'), as_bytes(hello.body), as_bytes(challenge.send->body));
  EXPECT_EQ(caller.on_frame(AgentFrameType::Welcome, pretended.agent).failure, Failure::BadProof);
}

TEST(Handshake, TheCallersProofGivenBackIsNoProof) {
  CallerHandshake caller(test::sample_caller(), test::kSampleKey);
  (void)caller.begin();
  const auto proof = caller.on_frame(AgentFrameType::Challenge, as_bytes(encode_greeting(test::sample_agent())));
  ASSERT_TRUE(proof.send.has_value());
  EXPECT_EQ(caller.on_frame(AgentFrameType::Welcome, as_bytes(proof.send->body)).failure, Failure::BadProof);
}

TEST(Handshake, AProofOfAnotherConnectionIsNone) {
  CallerHandshake first(test::sample_caller(), test::kSampleKey);
  AgentHandshake agent_of_first(test::sample_agent(), test::kSampleKey);
  const auto challenge = agent_of_first.on_frame(AgentFrameType::Hello, as_bytes(first.begin().body));
  const auto proof = first.on_frame(AgentFrameType::Challenge, as_bytes(challenge.send->body));
  Greeting with_another_nonce = test::sample_agent();
  with_another_nonce.nonce[31] ^= std::byte{1};
  AgentHandshake later(with_another_nonce, test::kSampleKey);
  ASSERT_TRUE(later.on_frame(AgentFrameType::Hello, as_bytes(first.begin().body)).send.has_value());
  EXPECT_EQ(later.on_frame(AgentFrameType::Proof, as_bytes(proof.send->body)).failure, Failure::BadProof);
}

TEST(Handshake, ANameChangedOnTheWayIsNoticed) {
  CallerHandshake caller(test::sample_caller(), test::kSampleKey);
  AgentHandshake agent(test::sample_agent(), test::kSampleKey);
  Greeting changed = test::sample_caller();
  changed.name = "mallory";
  const auto challenge = agent.on_frame(AgentFrameType::Hello, as_bytes(encode_greeting(changed)));
  const auto proof = caller.on_frame(AgentFrameType::Challenge, as_bytes(challenge.send->body));
  EXPECT_EQ(agent.on_frame(AgentFrameType::Proof, as_bytes(proof.send->body)).failure, Failure::BadProof);
}

TEST(Handshake, FramesOutOfPlaceAreMalformed) {
  const std::string hello = encode_greeting(test::sample_caller());
  for (const auto type : {AgentFrameType::Proof, AgentFrameType::Request, AgentFrameType::Challenge}) {
    AgentHandshake agent(test::sample_agent(), test::kSampleKey);
    EXPECT_EQ(agent.on_frame(type, as_bytes(hello)).failure, Failure::Malformed);
    CallerHandshake caller(test::sample_caller(), test::kSampleKey);
    if (type != AgentFrameType::Challenge) {
      EXPECT_EQ(caller.on_frame(type, as_bytes(hello)).failure, Failure::Malformed);
    }
  }
  AgentHandshake twice(test::sample_agent(), test::kSampleKey);
  ASSERT_TRUE(twice.on_frame(AgentFrameType::Hello, as_bytes(hello)).send.has_value());
  EXPECT_EQ(twice.on_frame(AgentFrameType::Hello, as_bytes(hello)).failure, Failure::Malformed);
}

TEST(Handshake, AShorterProofIsNone) {
  AgentHandshake agent(test::sample_agent(), test::kSampleKey);
  CallerHandshake caller(test::sample_caller(), test::kSampleKey);
  const auto challenge = agent.on_frame(AgentFrameType::Hello, as_bytes(caller.begin().body));
  const auto proof = caller.on_frame(AgentFrameType::Challenge, as_bytes(challenge.send->body));
  EXPECT_EQ(agent.on_frame(AgentFrameType::Proof, as_bytes(proof.send->body.substr(0, 31))).failure, Failure::BadProof);
}

TEST(Handshake, TheHighestVersionThatBothHaveIsSpoken) {
  EXPECT_EQ(common_version({1, 3}, {2, 5}), 3);
  EXPECT_EQ(common_version({2, 5}, {1, 3}), 3);
  EXPECT_EQ(common_version({1, 1}, {1, 1}), 1);
  EXPECT_EQ(common_version({1, 2}, {3, 4}), std::nullopt);
  EXPECT_EQ(common_version({3, 4}, {1, 2}), std::nullopt);
}

TEST(Handshake, WithoutACommonVersionBothEndsSeeWhichThereAre) {
  Greeting newer = test::sample_agent();
  newer.versions = {2, 3};
  newer.release = "Headwater 9.0.0";
  CallerHandshake caller(test::sample_caller(), test::kSampleKey);
  AgentHandshake agent(newer, test::kSampleKey);
  const Outcome outcome = speak(caller, agent);
  EXPECT_EQ(outcome.agent, Failure::NoVersion);
  EXPECT_EQ(outcome.caller, Failure::NoVersion);
  EXPECT_EQ(caller.other().versions, (VersionRange{2, 3}));
  EXPECT_EQ(caller.other().release, "Headwater 9.0.0");
}

TEST(Greeting, IsReadAsItWasWritten) {
  const Greeting greeting = test::sample_caller();
  EXPECT_EQ(decode_greeting(as_bytes(encode_greeting(greeting))), greeting);
}

TEST(Greeting, LongestFitsIntoAFrameOfTheHandshake) {
  Greeting greeting = test::sample_caller();
  greeting.name = std::string(kAgentNameBytesMax, 'n');
  greeting.release = std::string(kSoftwareBytesMax, 'r');
  EXPECT_EQ(decode_greeting(as_bytes(encode_greeting(greeting))), greeting);
}

TEST(Greeting, EveryCutAndEveryAdditionIsRefused) {
  const std::string whole = encode_greeting(test::sample_caller());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
    EXPECT_EQ(decode_greeting(as_bytes(whole.substr(0, bytes))), std::nullopt) << bytes;
  EXPECT_EQ(decode_greeting(as_bytes(whole + "x")), std::nullopt);
}

TEST(Greeting, NamesThatWouldWriteIntoALogAreRefused) {
  using namespace std::string_literals;
  for (const std::string& name : {"a\nb"s, "a\x1b[2J"s, "a\x7f"s, "a\0b"s}) {
    Greeting greeting = test::sample_caller();
    greeting.name = name;
    EXPECT_EQ(decode_greeting(as_bytes(encode_greeting(greeting))), std::nullopt) << name;
  }
}

TEST(Greeting, VersionsMustBeARange) {
  std::string bytes = encode_greeting(test::sample_caller());
  const auto with = [&](std::uint16_t min, std::uint16_t max) {
    const auto out = std::as_writable_bytes(std::span(bytes));
    put_le<std::uint16_t>(out, 32, min);
    put_le<std::uint16_t>(out, 34, max);
    return decode_greeting(as_bytes(bytes)).has_value();
  };
  EXPECT_TRUE(with(1, 9));
  EXPECT_FALSE(with(0, 9));
  EXPECT_FALSE(with(3, 2));
}

}  // namespace
}  // namespace hw::cluster
