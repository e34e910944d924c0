#include "engine/extract/load_store.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>

#include "engine/globals/zwr.h"

namespace hw {
namespace {

/// Failures of one record; every other would stop all records after it as well.
bool concerns_one_record(MsgId id) {
  constexpr std::array kIds = {MsgId::NOTGBL,     MsgId::NOTMNAME,    MsgId::MAXNRSUBSCRIPTS, MsgId::GVSUBOFLOW,
                               MsgId::HWZWRBAD,   MsgId::HWLOADCUT,   MsgId::REC2BIG,         MsgId::SCNDDBNOUPD,
                               MsgId::TRANS2BIG,  MsgId::NULSUBSC,    MsgId::GVINVALID,       MsgId::NUMUNXEOR,
                               MsgId::STRUNXEOR,  MsgId::EORNOTFND,   MsgId::INVDLRCVAL,      MsgId::DLRCUNXEOR,
                               MsgId::DLRCTOOBIG, MsgId::DLRCILLEGAL, MsgId::RPARENREQD};
  return std::ranges::find(kIds, id) != kIds.end();
}

/// GT.M says the node after these in a line of its own, and leaves it out of the one that follows all messages.
bool names_its_node(MsgId id) { return id == MsgId::REC2BIG || id == MsgId::GVSUBOFLOW || id == MsgId::NULSUBSC; }

}  // namespace

Status LoadStore::check_end() const {
  if (options_.end_requested && options_.end_requested()) return make_error<MsgId::FORCEDHALT>();
  return {};
}

Status LoadStore::check_end_now_and_then() {
  if (++unasked_ < kRecordsUnasked) return {};
  unasked_ = 0;
  return check_end();
}

Status LoadStore::store(std::string_view key, std::string_view value, NullCollation nulls, std::uint64_t record,
                        Go& go) {
  if (Status status = session_.set(key, value); !status.has_value()) {
    std::string reference;
    HW_TRY_VOID(append_reference(reference, key, nulls, options_.charset));
    return failed(status.error(), reference, record, go);
  }
  ++result_.keys;
  result_.key_bytes_max = std::max(result_.key_bytes_max, key.size() + 1);
  result_.value_bytes_max = std::max(result_.value_bytes_max, value.size());
  return {};
}

Status LoadStore::failed(const Error& error, std::string_view reference, std::uint64_t record, Go& go) {
  if (error.id == MsgId::FORCEDHALT) return error;  // Asked to end while it waited for others.
  progress_.done();
  messages_ << error.render();
  if (names_its_node(error.id)) messages_ << make_line<MsgId::GVIS>(reference) << '\n';
  messages_ << "\t\tGlobal variable : " << (names_its_node(error.id) ? std::string_view() : reference) << '\n'
            << make_line<MsgId::RECLOAD>(record) << '\n'
            << std::flush;
  if (!concerns_one_record(error.id)) return make_error<MsgId::LOADABORT>(record).counts(error);
  ++result_.failed;
  result_.status = error.status();
  if (options_.on_error == OnError::Stop) go = Go::Stop;
  if (options_.on_error == OnError::Ask && !(options_.ask && options_.ask())) go = Go::Stop;
  return {};
}

Result<LoadResult> LoadStore::finish(Status ended) {
  progress_.done();
  const bool halted = !ended.has_value() && ended.error().id == MsgId::FORCEDHALT;
  if ((ended.has_value() || halted) && result_.keys > 0) HW_TRY_VOID(session_.sync());
  messages_ << fmt::format("LOAD TOTAL\t\tKey Cnt: {}  Max Subsc Len: {}  Max Data Len: {}\n", result_.keys,
                           result_.key_bytes_max, result_.value_bytes_max);
  if (result_.failed > 0) messages_ << make_line<MsgId::FAILEDRECCOUNT>(result_.failed) << '\n';
  messages_ << make_line<MsgId::LOADRECCNT>(result_.last_record) << '\n' << std::flush;
  if (!ended.has_value()) return std::move(ended).error();
  return result_;
}

}  // namespace hw
