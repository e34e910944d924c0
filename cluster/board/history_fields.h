/// cluster/board/history_fields.h -- each field of an entry of the history with its key.
#pragma once

#include "cluster/board/board_fields.h"
#include "cluster/board/history.h"

namespace hw::cluster {

template <typename A>
void visit_fields(A& a, Visited<A, HistoryEntry>& entry) {
  a("node", entry.node);
  a("number", entry.number);
  a("time_us", entry.time_us);
  a("user", entry.user);
  a("host", entry.host);
  a("what", entry.what);
  a("why", entry.why);
  a("result", entry.result);
  a("epoch", entry.epoch);
  a("group", entry.group);
}

}  // namespace hw::cluster
