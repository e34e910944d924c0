#include "engine/recovery/undo.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "engine/base/sync_point.h"
#include "engine/region/region_write.h"
#include "journal/generations.h"
#include "journal/reader.h"

namespace hw {
namespace {

constexpr std::uint64_t kBatchTransactions = 20'000;
constexpr std::uint64_t kBatchBytes = 64ull << 20;

/// A transaction whose record has been read, and the Removed records before it, which come after it on the way back.
class Held {
 public:
  bool any() const { return !record_.empty(); }
  void take(Bytes body) {
    HW_CHECK(!any() && removed_.empty());
    record_.assign(as_text(body));
  }
  bool add_removed(Bytes body) {
    std::uint32_t number = 0;
    if (!decode_removed(body, number, nodes_)) return false;
    auto& mine = removed_[number];
    for (const RemovedNode& node : nodes_) mine.emplace_back(node.key, node.value);
    return true;
  }

  /// False in `good` when the body breaks its layout.
  Status undo(WriteTransaction& transaction, bool& good) {
    TransactionBody body;
    good = decode_transaction(as_bytes(record_), body);
    if (!good) return {};
    const auto updates = transaction_updates(body);
    for (auto one = updates.rbegin(); one != updates.rend(); ++one) {
      if (one->update.type == UpdateType::Kill) {
        for (const auto& [key, value] : removed_[one->number]) HW_TRY_VOID(transaction.put(key, value));
      } else if (one->old_kind == OldKind::Inline) {
        HW_TRY_VOID(transaction.put(one->update.key, one->old_value));
      } else {
        HW_TRY_VOID(transaction.remove(one->update.key, [](std::string_view) {}));
      }
    }
    record_.clear();
    removed_.clear();
    return {};
  }

  void forget() {
    record_.clear();
    removed_.clear();
  }

 private:
  std::string record_;
  std::vector<RemovedNode> nodes_;
  std::map<std::uint32_t, std::vector<std::pair<std::string, std::string>>> removed_;
};

/// Undoes part of a file, so much as one LMDB commit should hold. `done` once a transaction that stays, or the
/// file's beginning, has been reached; `reader` is then after that transaction, and `stays` is its seqno.
Status undo_batch(WriteTransaction& transaction, BackwardReader& reader, Seqno from, bool& done,
                  std::uint64_t& transactions, std::optional<Seqno>& stays) {
  Held held;
  transactions = 0;
  stays.reset();
  const std::uint64_t begin = reader.place().offset;
  const auto flush = [&]() -> Status {
    if (!held.any()) return {};
    bool good = false;
    HW_TRY_VOID(held.undo(transaction, good));
    ++transactions;
    return good ? Status() : bad_record(reader.path(), reader.place().offset, verdict_text(RecordVerdict::BadBody));
  };
  for (;;) {
    const JournalPlace behind = reader.place();
    Record record;
    HW_TRY(const bool more, reader.previous(record));
    if (!more) {
      done = true;
      return flush();
    }
    if (record.header.type == RecordType::Removed) {
      if (!held.any() || !held.add_removed(record.body))
        return bad_record(reader.path(), reader.place().offset, verdict_text(RecordVerdict::BadBody));
      continue;
    }
    HW_TRY_VOID(flush());
    if (record.header.type != RecordType::Transaction) continue;
    done = record.header.seqno < from;
    if (done) stays = record.header.seqno;
    if (done || transactions >= kBatchTransactions || begin - behind.offset >= kBatchBytes) {
      HW_CHECK(!held.any());  // All that is before the place where it goes on has been undone.
      reader.seek(behind);
      return {};
    }
    held.take(record.body);
  }
}

Error chain_too_short(const GenerationChain& chain) {
  if (chain.end == ChainEnd::NoLink) return make_error<MsgId::NOPREVLINK>(chain.files.back().path);
  Error error = make_error<MsgId::JNLFILEOPNERR>(chain.missing_path);
  return error.with_errno(ENOENT);
}

Error write_error(Error why, const std::string& path) {
  return rename_error<MsgId::JNLFILOPN>(std::move(why), path, "");
}

}  // namespace

Status require_own_journal(const OpenRegion& region, std::uint64_t generation, const std::string& path,
                           const JournalFileHeader& current) {
  if (current.database_id != region.header.database_id)
    return make_error<MsgId::JNLBADLABEL>(path, "a journal of " + region.path, "another database's journal");
  if (current.generation != generation)
    return make_error<MsgId::JNLBADLABEL>(path, fmt::format("generation {}", generation),
                                          fmt::format("generation {}", current.generation));
  return {};
}

Status can_undo_to(const OpenRegion& region, std::uint64_t generation, Seqno from) {
  HW_TRY(const GenerationChain chain, generation_chain(region.header.journal_path));
  const JournalGeneration& current = chain.files.front();
  HW_TRY_VOID(require_own_journal(region, generation, current.path, current.info.header));
  for (std::size_t i = 0; i < chain.files.size(); ++i) {
    // The link of a copied database leads to files in which the original goes on.
    if (i > 0 && !chain.files[i].info.closing) {
      Error error = make_error<MsgId::NOPREVLINK>(chain.files[i - 1].path);
      return error.note(fmt::format("{} before it was not closed", chain.files[i].path));
    }
    if (chain.files[i].info.header.first_seqno <= from) return {};
  }
  return chain_too_short(chain);
}

Result<UndoneTo> undo_back_to(OpenRegion& region, const JournalPlace& end, Seqno from, const UndoProgress& progress) {
  std::uint64_t undone = 0;
  HW_TRY(BackwardReader reader, BackwardReader::open(region.header.journal_path, end.offset, end.last_record_bytes));
  for (;;) {
    std::optional<Seqno> stays;
    for (bool done = false; !done;) {
      const JournalPlace batch = reader.place();
      std::uint64_t transactions = 0;
      HW_TRY_VOID(commit_growing(region, [&](WriteTransaction& transaction) {
        reader.seek(batch);  // The same batch again when the file had to grow.
        return undo_batch(transaction, reader, from, done, transactions, stays);
      }));
      HW_CHECK_LE(reader.place().offset, batch.offset);
      undone += transactions;
      if (progress) progress(region, undone);
    }
    const JournalFileHeader& header = reader.header();
    HW_CHECK(!stays || *stays < from);
    if (stays) return UndoneTo{reader.place(), next(*stays)};
    // A file whose first seqno is taken out begins with what is taken out.
    if (header.first_seqno <= from || header.previous_path.empty())
      return UndoneTo{reader.place(), std::min(header.first_seqno, from)};
    HW_TRY(BackwardReader before, BackwardReader::open_closed(header.previous_path));
    reader = std::move(before);
  }
}

Status cut_journal(const std::string& current_path, const JournalPlace& place, const Undone& undone) {
  HW_TRY(const GenerationChain chain, generation_chain(current_path));
  const auto target = std::find_if(chain.files.begin(), chain.files.end(), [&](const JournalGeneration& file) {
    return file.info.header.generation == place.generation;
  });
  if (target == chain.files.end()) {
    Error error = make_error<MsgId::JNLFILEOPNERR>(current_path).with_errno(ENOENT);
    return error.note(fmt::format("Generation {} is needed", place.generation));
  }
  {
    auto file = File::open(target->path, O_RDWR);
    if (!file.has_value()) return write_error(std::move(file).error(), target->path);
    const auto cut = [&]() -> Status {
      HW_TRY(const std::uint64_t bytes, file->size());
      // The place comes from a header that a person may have changed; to cut there would lose the records before it.
      if (place.offset < kJournalHeaderBytes || place.offset > bytes)
        return make_error<MsgId::JNLBADRECFMT>(target->path, fmt::format("0x{:08X}", place.offset));
      constexpr std::array<std::byte, 4096> kOpen{};
      HW_TRY_VOID(file->write_all(4096, kOpen));
      HW_TRY_VOID(file->write_all(kUndoneOffset, encode_undone(undone)));
      HW_TRY_VOID(file->truncate(place.offset));
      const std::uint64_t room = std::max<std::uint64_t>(bytes, place.offset + kJournalHeaderBytes);
      // On a full disk the file stays short, and the next commit is told that there is no room.
      if (Status again = file->allocate(place.offset, room - place.offset);
          !again.has_value() && again.error().os_errno != ENOSPC)
        return again;
      return sync_at(SyncPoint::JournalCut, *file);
    };
    if (Status status = cut(); !status.has_value()) return write_error(std::move(status).error(), target->path);
  }
  if (target == chain.files.begin()) return {};
  HW_TRY_VOID(rename_file(target->path, current_path));
  HW_TRY_VOID(sync_folder_at(SyncPoint::JournalCutName, current_path));
  for (auto later = chain.files.begin() + 1; later != target; ++later) HW_TRY_VOID(remove_file(later->path));
  return {};
}

}  // namespace hw
