/// test/support/journal_files.h -- seeds that can be repeated, and region journals written through the product's own
/// writer.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "journal/record.h"
#include "journal/seqno_reader.h"
#include "journal/writer.h"
#include "test/support/test_folder.h"

namespace hw::test {

/// HW_SEED or a random number. Print it: SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed)).
inline std::uint64_t journal_test_seed() {
  if (const char* given = std::getenv("HW_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

/// One update of a test transaction.
struct TestUpdate {
  UpdateType type = UpdateType::Set;
  std::string key;
  std::string value;
  UpdateView view() const { return {type, key, value}; }
};

/// One region: its facts as the pool would keep them, and the writer on its journal.
class RegionJournal {
 public:
  static constexpr std::uint64_t kAllocationBytes = 64 << 10;

  explicit RegionJournal(const std::string& path, std::uint64_t autoswitch_bytes = 1ull << 30,
                         Seqno first_seqno = Seqno{1})
      : facts_(std::make_unique<PoolRegion>()), writer_(std::make_unique<JournalWriter>()) {
    facts_->journaled = facts_->replicated = 1;
    facts_->database.set(path + ".mdb");
    facts_->journal.set(path);
    facts_->generation = 1;
    facts_->journal_bytes = facts_->allocation_bytes = kAllocationBytes;
    facts_->autoswitch_bytes = autoswitch_bytes;
    facts_->extension_bytes = kAllocationBytes;
    facts_->set_end(kJournalHeaderBytes);
    facts_->reg_seqno = first_seqno.value;
    JournalFileHeader header;
    header.replicated = true;
    header.database_id.fill(0xA5);
    header.created_us = 1;
    header.first_seqno = first_seqno;
    header.autoswitch_bytes = autoswitch_bytes;
    header.allocation_bytes = header.extension_bytes = kAllocationBytes;
    header.region = "DEFAULT";
    header.database_path = path + ".mdb";
    check(create_journal_file(path, header));
    std::ranges::copy(header.database_id, facts_->database_id);
    const auto identity = identity_of(path);
    check(identity);
    facts_->journal_file.store(*identity);
    check(writer_->attach(*facts_));
  }

  std::string path() const { return std::string(facts_->journal.view()); }
  PoolRegion& facts() { return *facts_; }
  JournalWriter& writer() { return *writer_; }
  std::uint64_t end() const { return facts_->write_offset.load(); }
  LiveEnd live_end() const { return {facts_->generation, facts_->write_offset.load(), CurrentJournal::of(*facts_)}; }

  /// Appends the record that `builder` holds.
  void append(RecordBuilder& builder, Seqno seqno, RegionTn tn, std::uint64_t time_us) {
    const std::string record(builder.finish(seqno, tn, time_us, facts_->last_record_bytes));
    const std::uint64_t at = end();
    check(writer_->reserve(*facts_, at, record.size()));
    writer_->put(at, record);
    facts_->last_record_bytes = static_cast<std::uint32_t>(record.size());
    facts_->set_end(at + record.size());
  }

  /// Appends a transaction that is in this region alone.
  void commit(Seqno seqno, std::uint64_t time_us, const std::vector<TestUpdate>& updates, std::string_view tid = "") {
    RecordBuilder builder;
    builder.start_transaction(updates.size() > 1, tid, 4711);
    for (std::size_t i = 0; i < updates.size(); ++i)
      builder.add_update(updates[i].view(), OldKind::None, "", static_cast<std::uint32_t>(i + 1));
    builder.set_totals(static_cast<std::uint32_t>(updates.size()), 1);
    append(builder, seqno, next_tn(), time_us);
    committed(seqno);
  }

  void removed(Seqno seqno, std::uint64_t time_us, std::uint32_t number) {
    RecordBuilder builder;
    builder.start_removed(number);
    builder.add_removed("^gone", "old");
    append(builder, seqno, next_tn(), time_us);
  }

  void epoch(std::uint64_t time_us) {
    RecordBuilder builder;
    builder.build_epoch({Seqno{facts_->reg_seqno.load()}, facts_->write_offset.load()});
    append(builder, Seqno{facts_->reg_seqno.load()}, RegionTn{facts_->last_tn.load()}, time_us);
  }

  RegionTn next_tn() const { return RegionTn{facts_->last_tn.load() + 1}; }
  void committed(Seqno seqno) {
    facts_->last_tn += 1;
    facts_->reg_seqno = seqno.value + 1;
  }

  std::string switch_file(bool keep_link = true) {
    auto name = writer_->switch_generation(*facts_, keep_link, 1000);
    check(name);
    return *name;
  }

 private:
  template <typename T>
  static void check(const T& result) {
    if (result.has_value()) return;
    ADD_FAILURE() << result.error().render();
    std::abort();
  }

  std::unique_ptr<PoolRegion> facts_;
  std::unique_ptr<JournalWriter> writer_;
};

}  // namespace hw::test
