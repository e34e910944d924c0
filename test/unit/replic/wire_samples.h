/// One message of every type, with every field set: for golden bytes, round trips and the fuzzer's corpus.
#pragma once

#include <vector>

#include "replic/link/wire.h"

namespace hw::test {

inline HistoryRecord sample_record() {
  HistoryRecord record;
  record.root_name = "INSTA";
  record.start = Seqno{258};
  record.cycle = 3;
  record.creator_pid = 8749;
  record.created_s = 1795312144;
  record.number = 2;
  record.previous = 1;
  return record;
}

inline Identity sample_identity() {
  Identity who;
  who.role = InstanceRole::Root;
  who.was_root = true;
  who.name = "INSTA";
  for (std::size_t i = 0; i < who.file_id.size(); ++i) who.file_id[i] = std::byte(i + 1);
  who.next_seqno = Seqno{12};
  who.pid = 4711;
  who.log_path = "./A/src_B.log";
  who.software = "Headwater 0.1.0";
  return who;
}

/// The Transactions message points at literals.
inline std::vector<Message> wire_samples() {
  using namespace wire;
  return {StartFrom{Seqno{77}, true, false},
          FetchResync{Seqno{15}},
          Hello{sample_identity()},
          HelloReply{sample_identity()},
          NeedHistory{Seqno{77}},
          HistoryAnswer{sample_record()},
          WillRestartAt{Seqno{77}, InstanceRole::Root},
          RollbackFirst{Seqno{11}},
          ResyncSeqno{Seqno{8}},
          NewHistory{sample_record()},
          Transactions{Seqno{258}, Seqno{259}, {as_bytes("first"), as_bytes("second one")}},
          Heartbeat{Seqno{260}, 123456},
          HeartbeatAck{Seqno{259}, 123456},
          Xoff{Seqno{260}},
          Xon{Seqno{260}},
          XoffAckMe{Seqno{259}},
          XoffAck{Seqno{259}},
          BadTransaction{Seqno{259}},
          PlainPlease{Seqno{260}},
          NoHistory{Seqno{25}},
          LostTransactionsComplete{},
          Bye{Bye::Reason::Refused, "why"},
          Control{9, "payload"}};
}

}  // namespace hw::test
