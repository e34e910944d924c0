/// test/support/journal_history.h -- fixtures of the tests about journal files: a database with a history of random
/// transactions in several journal generations, and an old copy of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/commit/domain.h"
#include "engine/journal_tools/forward_recovery.h"
#include "engine/recovery/checkpoint.h"
#include "journal/generations.h"
#include "test/support/random_transactions.h"

namespace hw::test {

inline constexpr std::uint64_t kTransactions = 400;
inline constexpr std::uint64_t kJournalBytes = 32 << 10;  // Several generations.
inline const std::vector<std::string> kRegions{"X", "Y", "Z"};

/// Three regions that random transactions change, and Z, which nobody does.
class JournalProperty : public testing::Test {
 protected:
  /// Transactions [first, last], with a checkpoint now and then. Gives the model what they do.
  void perform(std::uint64_t first, std::uint64_t last, Model& model) {
    auto database = scratch_.open();
    Domain* const domain = must(database->domain());
    {
      Session session(*database);
      for (std::uint64_t number = first; number <= last; ++number) {
        random_transaction(seed_, number, &session, model);
        if (number % 70 != 0) continue;
        domain->header().checkpoint_lock.lock();
        for (OpenRegion* region : domain->regions()) must(advance_image(*domain, *region, [] { return false; }));
        domain->header().checkpoint_lock.unlock();
      }
    }
    must(database->close());
  }

  /// All journal files of all regions, in no order.
  std::vector<std::string> journal_files() {
    std::vector<std::string> paths;
    for (const std::string region : {"DEFAULT", "X", "Y", "Z"})
      for (const JournalGeneration& file : must(generation_chain(scratch_.journal_path(region))).files)
        paths.push_back(file.path);
    std::mt19937_64 random(seed_);
    std::shuffle(paths.begin(), paths.end(), random);
    return paths;
  }

  const std::uint64_t seed_ = random_seed();
  ScratchDatabase scratch_{kRegions};
};

class ForwardRecoveryProperty : public JournalProperty {
 protected:
  static constexpr std::uint64_t kBackupAt = 150;

  /// A database, a backup of it after transaction kBackupAt, and more behind that. In a process of its own: failpoints
  /// are read once in a process.
  void fill() {
    ASSERT_EQ(in_child({}, [&] { fill_here(); }), 0);
    for (std::uint64_t number = 1; number <= kTransactions; ++number) {
      random_transaction(seed_, number, nullptr, done_);
      if (number == kBackupAt) at_backup_ = done_;
    }
  }
  void fill_here() {
    scratch_.enable_journaling(false, kJournalBytes);
    perform(1, kBackupAt, at_backup_);
    std::filesystem::create_directory(backup_folder());
    for (const std::string& region : kAll)
      std::filesystem::copy_file(scratch_.database_path(region), backup_folder() + "/" + region);
    done_ = at_backup_;
    perform(kBackupAt + 1, kTransactions, done_);
  }

  std::string backup_folder() const { return scratch_.folder() + "/backup"; }

  /// Puts the backup into the place of `to`'s databases.
  void restore(const ScratchDatabase& to) const {
    for (const std::string& region : kAll) {
      const std::string path = to.database_path(region);
      for (const char* beside : {"-ctl", "-ckpt", "-lock"}) std::filesystem::remove(path + beside);
      std::filesystem::copy_file(backup_folder() + "/" + region, path,
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }

  ForwardRequest request(const ScratchDatabase& to, const std::vector<std::string>& paths) const {
    ForwardRequest request;
    request.regions = must(list_journal_files(paths, {}));
    for (const RegionFiles& files : request.regions)
      request.databases.push_back(to.database_path(files.front().info.header.region));
    request.broken_path = to.folder() + "/broken";
    request.lost_path = to.folder() + "/lost";
    request.batch_bytes = 20'000;
    return request;
  }

  static Model contents_of(const ScratchDatabase& scratch) {
    auto database = scratch.open();
    Model found;
    {
      Session session(*database);
      found = contents(session);
    }
    must(database->close());
    return found;
  }

  /// The times of all transactions, from the journals.
  std::vector<std::uint64_t> times() {
    const auto regions = must(list_journal_files(journal_files(), {}));
    RecordMerge merge = must(RecordMerge::open(regions));
    std::vector<std::uint64_t> found;
    for (std::vector<RecordMerge::Part> parts; must(merge.next(parts));)
      if (parts.front().record.header.type == RecordType::Transaction)
        found.push_back(parts.front().record.header.time_us);
    return found;
  }

  const std::vector<std::string> kAll{"DEFAULT", "X", "Y", "Z"};
  Model at_backup_, done_;
};

}  // namespace hw::test
