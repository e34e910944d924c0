// Messages as lines of a log: what they are, and nothing of what they carry.
#include "replic/link/link_trace.h"

#include <gtest/gtest.h>

#include "replic/receiver/receiver_machine.h"
#include "replic/source/source_machine.h"
#include "wire_samples.h"

namespace hw {
namespace {

TEST(LinkTrace, AMessageIsItsTypeSeqnoAndBytes) {
  EXPECT_EQ(trace_of("sent", wire::StartFrom{Seqno{77}}, 45), "sent StartFrom, seqno 77, 45 bytes");
  EXPECT_EQ(trace_of("received", wire::Heartbeat{Seqno{5}, 1234}, 48), "received Heartbeat, seqno 5, 48 bytes");
  EXPECT_EQ(trace_of("sent", wire::HeartbeatAck{Seqno{6}, 1234}, 48), "sent HeartbeatAck, seqno 6, 48 bytes");
  EXPECT_EQ(trace_of("sent", wire::RollbackFirst{Seqno{7}}, 40), "sent RollbackFirst, seqno 7, 40 bytes");
  EXPECT_EQ(trace_of("sent", wire::NewHistory{test::sample_record()}, 112), "sent NewHistory, seqno 258, 112 bytes");
  EXPECT_EQ(trace_of("sent", wire::Hello{test::sample_identity()}, 99), "sent Hello, seqno 12, 99 bytes");
  EXPECT_EQ(trace_of("sent", wire::LostTransactionsComplete{}, 32), "sent LostTransactionsComplete, 32 bytes");
  EXPECT_EQ(trace_of_transactions("sent", Seqno{8}, Seqno{20}, 4096), "sent Transactions, seqno 8 to 20, 4096 bytes");
}

TEST(LinkTrace, WhatAMessageCarriesIsNotInTheLine) {
  const std::string secret = "^patient(17)=\"Anna\"";
  const Bytes frame = as_bytes(secret);
  for (const Message& message :
       {Message(wire::Transactions{Seqno{1}, Seqno{1}, {frame}}), Message(wire::Control{1, secret}),
        Message(wire::Bye{wire::Bye::Reason::Refused, secret})}) {
    const std::string line = trace_of("sent", message, 100);
    EXPECT_EQ(line.find("Anna"), std::string::npos) << line;
    EXPECT_EQ(line.find("patient"), std::string::npos) << line;
  }
}

TEST(LinkTrace, AnEventSaysWhyAStateChanged) {
  EXPECT_EQ(describe(SourceEvent(event::ConnectFailed{"Connection refused"})), "no connection: Connection refused");
  EXPECT_EQ(describe(SourceEvent(event::Received{wire::StartFrom{Seqno{1}}, kLevelMultiSite})), "received StartFrom");
  EXPECT_EQ(describe(SourceEvent(event::Tick{1})), "the time has come");
  EXPECT_EQ(describe(ReceiverEvent(event::ConnectionLost{"Status = 104"})), "connection lost: Status = 104");
  EXPECT_EQ(describe(ReceiverEvent(event::ApplyFailed{Seqno{7}})), "seqno 7 could not be applied");
  // What came is named, not shown.
  const std::string secret = "^patient(17)=\"Anna\"";
  EXPECT_EQ(describe(ReceiverEvent(
                event::Received{wire::Transactions{Seqno{1}, Seqno{1}, {as_bytes(secret)}}, kLevelMultiSite})),
            "received Transactions");
}

TEST(LinkTrace, EveryMessageHasALine) {
  for (const Message& message : test::wire_samples()) {
    const std::string line = trace_of("sent", message, 100);
    EXPECT_EQ(line.rfind("sent " + std::string(name_of(message)), 0), 0U) << line;
    EXPECT_TRUE(line.ends_with(", 100 bytes")) << line;
  }
}

}  // namespace
}  // namespace hw
