#include "cluster/board/words.h"

namespace hw::cluster {

std::string_view word_of(Dcs dcs) { return word_in_list(dcs); }
std::string_view word_of(Wanted wanted) { return word_in_list(wanted); }
std::string_view word_of(NodeState state) { return word_in_list(state); }
std::string_view word_of(GroupKind kind) { return word_in_list(kind); }
std::string_view word_of(GroupState state) { return word_in_list(state); }
std::string_view word_of(BoardLease lease) { return word_in_list(lease); }
std::string_view word_of(BoardRole role) { return word_in_list(role); }
std::string_view word_of(ServerKind kind) { return word_in_list(kind); }
std::string_view word_of(BoardServerState state) { return word_in_list(state); }
std::string_view word_of(ReceiptState state) { return word_in_list(state); }
std::string_view word_of(HistoryResult result) { return word_in_list(result); }

}  // namespace hw::cluster
