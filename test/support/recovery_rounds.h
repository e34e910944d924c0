/// test/support/recovery_rounds.h -- what processes that die and machines that stop leave of a database, and what
/// recovery makes of it.
///
/// Every round: a child commits transactions whose content follows from their number alone, and says in shared memory
/// which of them it was told are committed, and which durable. It dies. Another child opens the database and compares
/// it with the model. Promises under test:
///   - death of processes: all acknowledged commits are there; the one in flight is wholly there or not at all
///   - power loss: what is there are exactly the transactions up to some S, and S is not below a durable
///   acknowledgement
/// The parent never opens a database: failpoints and LMDB belong to the process that uses them.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>

#include "engine/base/shared_memory.h"
#include "engine/commit/domain.h"
#include "engine/recovery/checkpoint.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {

constexpr std::uint64_t kLargeJournal = 64 << 20;
constexpr std::uint64_t kSmallJournal = 256 << 10;

inline std::uint64_t test_seed() {
  if (const char* given = std::getenv("HW_SEED"); given != nullptr) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

/// What the children tell, in memory that outlives them.
struct Told {
  std::atomic<std::uint64_t> committed[4];  ///< last transaction acknowledged, by worker
  std::atomic<std::uint64_t> durable;       ///< last one acknowledged as durable
  std::atomic<std::uint64_t> found;         ///< by the verifying child: transactions that are there
  struct Synced {
    std::atomic<std::uint64_t> generation;
    std::atomic<std::uint64_t> offset;
  } synced[2];  ///< journal of DEFAULT and X at that moment
};

inline Told& shared() {
  static Told* const told =
      static_cast<Told*>(::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *told;
}

// ---- transactions and the model ------------------------------------------------------------

using Model = std::map<std::string, std::string>;

struct Change {
  UpdateType type;
  std::string key;
  std::string value;
};

/// Numbers in which each transaction is one set. In every other run they come in collation order: such sets stay behind
/// in LMDB. In the others they replace values of their own length all over a few nodes: such are written in place.
inline bool in_run(std::uint64_t number) { return number / 64 % 2 == 1; }
inline bool in_order(std::uint64_t number) { return number / 128 % 2 == 0; }
inline const char* run_global(std::uint64_t number) { return number / 256 % 2 == 0 ? "arun" : "xrun"; }

/// Transaction `number` of a worker. Its globals are its own; `mark` of each region it touches gets its number. In a
/// run the nodes themselves tell.
inline std::vector<Change> transaction_of(std::uint64_t seed, unsigned worker, std::uint64_t number) {
  std::mt19937_64 random(seed * 1'000'003 + worker * 7919 + number);
  std::vector<Change> changes;
  const std::string own = std::to_string(worker);
  if (in_run(number)) {
    // In order each node twice, so that one that is behind is replaced.
    const std::string node = in_order(number) ? std::to_string(number / 2) : "spot" + std::to_string(number * 5 % 8);
    changes.push_back({UpdateType::Set, key(run_global(number), {own, node}), fmt::format("{:012}", number)});
    return changes;
  }
  bool touched[2] = {false, false};
  const auto global = [&](bool x) { return x ? std::string("xdata") : std::string("adata"); };
  const std::size_t count = number % 5 == 0 ? 0 : random() % 5;
  for (std::size_t i = 0; i < count; ++i) {
    const bool x = random() % 2 == 0;
    touched[x ? 1 : 0] = true;
    const std::string item = std::to_string(random() % 30);
    const auto kind = random() % 100;
    if (kind < 70) {
      const std::size_t bytes = random() % 20 == 0 ? random() % 20'000 : random() % 400;
      changes.push_back({UpdateType::Set, key(global(x), {own, item, std::to_string(random() % 4)}),
                         std::string(bytes, static_cast<char>('a' + random() % 26)) + std::to_string(number)});
    } else if (kind < 85) {
      changes.push_back({UpdateType::Kill, key(global(x), {own, item}), ""});
    } else if (kind < 90) {
      changes.push_back({UpdateType::Kill, key(global(x), {own}), ""});
    } else {
      changes.push_back({UpdateType::ZKill, key(global(x), {own, item, std::to_string(random() % 4)}), ""});
    }
  }
  if (!touched[0] && !touched[1]) touched[random() % 2] = true;
  for (int x = 0; x < 2; ++x)
    if (touched[x])
      changes.push_back({UpdateType::Set, key(x == 1 ? "xmark" : "amark", {own}), std::to_string(number)});
  return changes;
}

inline void play(Model& model, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.type == UpdateType::Set) {
      model[change.key] = change.value;
    } else if (change.type == UpdateType::ZKill) {
      model.erase(change.key);
    } else {
      auto at = model.lower_bound(change.key);
      while (at != model.end() && at->first.compare(0, change.key.size(), change.key) == 0) at = model.erase(at);
    }
  }
}

/// Does one transaction. Small ones are single updates, the others fenced.
inline Status perform(Session& session, const std::vector<Change>& changes, Durability durability) {
  const auto all = [&]() -> Status {
    for (const Change& change : changes) {
      switch (change.type) {
        case UpdateType::Set:
          HW_TRY_VOID(session.set(change.key, change.value));
          break;
        case UpdateType::Kill:
          HW_TRY_VOID(session.kill(change.key));
          break;
        case UpdateType::ZKill:
          HW_TRY_VOID(session.zkill(change.key));
          break;
      }
    }
    return {};
  };
  if (changes.size() == 1 && durability == Durability::Batch) return all();
  TransactionOptions options;
  options.durability = durability;
  return session.transact(options, all);
}

class EngineRecovery : public testing::Test {
 protected:
  struct Run {
    unsigned worker = 0;
    std::uint64_t from = 1;
    std::uint64_t count = 100;
    unsigned durable_every = 1;     ///< every n-th transaction asks for durability
    unsigned checkpoint_every = 0;  ///< every n-th transaction the images are advanced
    bool close = false;             ///< ends cleanly
  };

  void prepare(bool replicated, std::uint64_t autoswitch_bytes, const Variables& environment = {}) {
    seed_ = test_seed();
    std::printf("HW_SEED=%llu\n", static_cast<unsigned long long>(seed_));
    replicated_ = replicated;
    new (&shared()) Told();
    ASSERT_EQ(in_child(environment, [&] { scratch_.enable_journaling(replicated, autoswitch_bytes); }), 0);
  }

  std::unique_ptr<Database> open() const {
    DatabaseOptions options;
    options.global_directory = scratch_.directory_path();
    options.background = false;
    if (replicated_) options.instance_file = scratch_.folder() + "/test.repl";
    auto database = must(Database::open(options));
    if (!replicated_) return database;
    Domain* const domain = must(database->create_domain(setup()));
    std::uint64_t next = 1;
    for (OpenRegion* region : domain->regions()) next = std::max(next, domain->facts(*region).reg_seqno.load());
    if (domain->header().next_seqno.load() < next) {
      domain->header().next_seqno.store(next);
      domain->pool().ring_restart(Seqno{next});
    }
    return database;
  }

  /// In good order. A replicating pool is its server's to remove; here there is none.
  void close(Database& database) const {
    const int id = must(database.domain())->pool().id();
    must(database.close());
    if (replicated_) must(SharedMemory::remove(id));
  }

  /// Without closing, the child ends as if it had been killed now.
  void end(std::unique_ptr<Database> database, bool closing) const {
    if (closing) {
      close(*database);
    } else {
      (void)database.release();
    }
  }

  JournalPool::Setup setup() const {
    JournalPool::Setup setup;
    setup.replicating = true;
    setup.ring_bytes = 1 << 20;
    setup.instance_name = "TEST";
    setup.instance_file = scratch_.folder() + "/test.repl";
    if (!file_exists(setup.instance_file)) must(replace_file(setup.instance_file, ""));
    setup.instance_identity = must(identity_of(setup.instance_file));  // Who attaches compares it.
    setup.next_seqno = Seqno{shared().found.load() + 1};
    return setup;
  }

  /// Body of a working child.
  void work(const Run& run) const {
    auto database = open();
    {
      Session session(*database);
      for (std::uint64_t number = run.from; number < run.from + run.count; ++number) {
        const bool durable = run.durable_every != 0 && number % run.durable_every == 0;
        must(perform(session, transaction_of(seed_, run.worker, number),
                     durable ? Durability::Durable : Durability::Batch));
        shared().committed[run.worker].store(number);
        if (durable) tell_durable(*must(database->domain()), number);
        if (run.checkpoint_every != 0 && number % run.checkpoint_every == 0) {
          advance_images(*must(database->domain()));  // Syncs every journal first.
          tell_durable(*must(database->domain()), number);
        }
      }
    }
    end(std::move(database), run.close);
  }

  static void tell_durable(Domain& domain, std::uint64_t number) {
    for (OpenRegion* region : domain.regions()) {
      auto& synced = shared().synced[region->definition.name == "X" ? 1 : 0];
      synced.generation.store(domain.facts(*region).synced_generation.load());
      synced.offset.store(domain.facts(*region).synced_offset.load());
    }
    shared().durable.store(number);
  }

  static void advance_images(Domain& domain) {
    domain.header().checkpoint_lock.lock();
    for (OpenRegion* region : domain.regions()) must(advance_image(domain, *region, [] { return false; }));
    domain.header().checkpoint_lock.unlock();
  }

  /// Everything in the database.
  static Model contents(Database& database) {
    Model found;
    Session session(database);
    std::string from;
    for (;;) {
      const auto node = must(session.seek(from, {}));
      if (!node) return found;
      found[node->key] = node->value;
      from = node->key + '\0';
    }
  }

  /// How many of a worker's transactions the marks say are there.
  static std::uint64_t marked(const Model& found, unsigned worker) {
    std::uint64_t last = 0;
    for (const char* name : {"amark", "xmark"})
      if (const auto at = found.find(key(name, {std::to_string(worker)})); at != found.end())
        last = std::max<std::uint64_t>(last, std::strtoull(at->second.c_str(), nullptr, 10));
    for (const char* name : {"arun", "xrun"}) {
      const std::string above = key(name, {std::to_string(worker)});
      for (auto at = found.lower_bound(above); at != found.end() && at->first.compare(0, above.size(), above) == 0;
           ++at)
        last = std::max<std::uint64_t>(last, std::strtoull(at->second.c_str(), nullptr, 10));
    }
    return last;
  }

  /// Body of a verifying child: the database holds exactly the first transactions of each worker.
  void verify(unsigned workers, bool close_it) const {
    auto database = open();
    const Model found = contents(*database);
    Model expected;
    for (unsigned worker = 0; worker < workers; ++worker) {
      const std::uint64_t there = marked(found, worker);
      const std::uint64_t told = shared().committed[worker].load();
      if (worker == 0) shared().found.store(there);
      EXPECT_LE(there, told + 1) << "worker " << worker;
      for (std::uint64_t number = 1; number <= there; ++number) play(expected, transaction_of(seed_, worker, number));
    }
    compare(found, expected);
    end(std::move(database), close_it);
  }

  static void compare(const Model& found, const Model& expected) {
    int shown = 0;
    for (const auto& [node, value] : expected) {
      const auto at = found.find(node);
      if (at != found.end() && at->second == value) continue;
      if (shown++ < 5) ADD_FAILURE() << (at == found.end() ? "missing: " : "differs: ") << node;
    }
    for (const auto& [node, value] : found)
      if (expected.find(node) == expected.end() && shown++ < 10) ADD_FAILURE() << "too much: " << node;
  }

  ControlState control_state(const std::string& region) const {
    return must(must(ControlFile::open(scratch_.database_path(region))).read());
  }

  /// The shared memory is gone, as after a reboot, or an ipcrm.
  void remove_pool() const {
    const ControlState state = control_state("DEFAULT");
    if (!state.clean && state.pool_id >= 0) (void)SharedMemory::remove(state.pool_id);
  }

  ScratchDatabase scratch_{{"X"}};
  std::uint64_t seed_ = 0;
  bool replicated_ = false;
};

}  // namespace hw::test
