// What one commit, one read and the pieces of them cost, inside one process. The database lies in the temporary
// folder (TMPDIR). Each commit benchmark runs over three kinds of database: 0 plain, 1 journaled, 2 journaled and
// putting its frames into a journal pool's ring, as an instance with a source server does; single sets also over 3, the
// same with a deadline that counts (engine/commit/deadline.h).
//
// `commit_bench --benchmark_filter=CommitAscending/0`; under callgrind its count of instructions is the same in each
// run. The other kinds do not run there: it cannot map the address space of a checkpoint image.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "engine/base/checksum.h"
#include "engine/commit/domain.h"
#include "engine/headwater.hpp"
#include "journal/record.h"
#include "test/support/must.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

constexpr std::string_view kValue = "12345678901234567890123456789012345678";
constexpr std::uint64_t kRandomKeys = 1'000'000;

enum Kind : std::int64_t { kPlain = 0, kJournaled = 1, kStreaming = 2, kFenced = 3 };

using test::must;

/// Turns journaling (and replication) of the DEFAULT region on. The first process that opens it makes the image.
void start_journal(const test::ScratchDatabase& scratch, bool replicated) {
  const GlobalDirectory directory = must(GlobalDirectory::load(scratch.directory_path()));
  OpenRegion region(directory.regions()[0], scratch.database_path("DEFAULT"), 0);
  region.control = must(ControlFile::open(region.path));
  must(region.open_environment(Environment::Mode::LiveWriter));
  RegionHeader& header = region.header;
  header.journal_state = JournalState::On;
  header.replicated = replicated;
  header.generation = 1;
  header.offset = kJournalHeaderBytes;
  header.journal_allocation = 64 << 20;
  header.journal_extension = 64 << 20;
  header.journal_autoswitch = 4ull << 30;
  JournalFileHeader journal;
  journal.replicated = replicated;
  journal.database_id = header.database_id;
  journal.autoswitch_bytes = header.journal_autoswitch;
  journal.allocation_bytes = header.journal_allocation;
  journal.extension_bytes = header.journal_extension;
  journal.region = header.name;
  journal.database_path = region.path;
  must(create_journal_file(header.journal_path, journal));
  must(region.write_header());
  must(region.environment.sync());
}

/// A database of one of the kinds, open for updating.
class Setup {
 public:
  explicit Setup(std::int64_t kind) {
    const bool streaming = kind == kStreaming || kind == kFenced;
    if (kind != kPlain) start_journal(scratch_, streaming);
    DatabaseOptions options;
    options.global_directory = scratch_.directory_path();
    if (streaming) options.instance_file = scratch_.folder() + "/instance.repl";
    database_ = must(Database::open(options));
    if (streaming) {
      JournalPool::Setup pool;
      pool.replicating = true;
      pool.ring_bytes = 64 << 20;
      pool.instance_name = "BENCH";
      pool.instance_file = options.instance_file;
      must(replace_file(options.instance_file, ""));  // Who attaches compares which file it is.
      pool.instance_identity = must(identity_of(options.instance_file));
      Domain* const domain = must(database_->create_domain(pool));
      pool_id_ = domain->pool().id();
      domain->header().fence.set_required(kind == kFenced);
      domain->header().fence.set_deadline(kNoDeadline - 1);
    }
    globals_ = std::make_unique<Globals>(*database_);
    must(globals_->set(node("warm"), 1));  // Attaches, so that no measured commit has to.
  }
  ~Setup() {
    globals_.reset();
    must(database_->close());
    if (pool_id_ >= 0) must(SharedMemory::remove(pool_id_));  // Nobody else is there to do it.
  }
  Globals& globals() { return *globals_; }
  Session& session() { return globals_->session(); }

 private:
  test::ScratchDatabase scratch_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Globals> globals_;
  int pool_id_ = -1;
};

void fill(Setup& setup, std::uint64_t count) {
  TransactionOptions batch;
  batch.id = "BATCH";
  for (std::uint64_t at = 0; at < count;) {
    must(setup.session().begin(batch));
    for (int i = 0; i < 1000 && at < count; ++i, ++at) must(setup.globals().set(node("a", at), kValue));
    must(setup.session().commit());
  }
}

void CommitAscending(benchmark::State& state) {
  Setup setup(state.range(0));
  std::uint64_t at = 0;
  for ([[maybe_unused]] auto _ : state) must(setup.globals().set(node("a", ++at), kValue));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CommitAscending)->Arg(kPlain)->Arg(kJournaled)->Arg(kStreaming)->Arg(kFenced);

/// The same with the key encoded before: what the session and everything below it cost.
void CommitAscendingEncodedKey(benchmark::State& state) {
  Setup setup(state.range(0));
  std::uint64_t at = 0;
  std::string key = must(encode_key("a", std::vector<std::string>{std::to_string(123'456'789)}));
  for ([[maybe_unused]] auto _ : state) {
    ++at;  // Same length as the encoded number, rising bytes without 00.
    std::uint64_t rest = at;
    for (std::size_t i = key.size() - 2; i > key.size() - 6; --i, rest /= 100)
      key[i] = static_cast<char>(rest % 100 + 1);
    must(setup.session().set(key, kValue));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CommitAscendingEncodedKey)->Arg(kPlain)->Arg(kJournaled)->Arg(kStreaming)->Arg(kFenced);

void CommitRandom(benchmark::State& state) {
  Setup setup(state.range(0));
  fill(setup, kRandomKeys);
  std::mt19937_64 random(1);
  for ([[maybe_unused]] auto _ : state) must(setup.globals().set(node("a", random() % kRandomKeys), kValue));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CommitRandom)->Arg(kPlain)->Arg(kJournaled)->Arg(kStreaming)->Arg(kFenced);

void commit_ten(benchmark::State& state, const TransactionOptions& options) {
  Setup setup(state.range(0));
  std::uint64_t at = 0;
  for ([[maybe_unused]] auto _ : state) {
    must(setup.session().begin(options));
    for (int i = 0; i < 10; ++i) must(setup.globals().set(node("b", ++at), kValue));
    must(setup.session().commit());
  }
  state.SetItemsProcessed(state.iterations() * 10);
}

void CommitTenSets(benchmark::State& state) {
  TransactionOptions batch;
  batch.id = "BATCH";
  commit_ten(state, batch);
}
BENCHMARK(CommitTenSets)->Arg(kPlain)->Arg(kJournaled)->Arg(kStreaming);

/// Returns after fdatasync of the journal.
void CommitTenSetsDurable(benchmark::State& state) { commit_ten(state, {}); }
BENCHMARK(CommitTenSetsDurable)->Arg(kJournaled)->Arg(kStreaming)->UseRealTime();

void GetRandom(benchmark::State& state) {
  Setup setup(kPlain);
  fill(setup, kRandomKeys);
  std::mt19937_64 random(1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(must(setup.globals().get(node("a", random() % kRandomKeys))));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetRandom);

void OrderScan(benchmark::State& state) {
  Setup setup(kPlain);
  fill(setup, 100'000);
  const std::string first = must(encode_key("a", std::vector<std::string>{""}));
  std::string at = first;
  for ([[maybe_unused]] auto _ : state) {
    auto next = must(setup.session().order(at, Direction::Forward));
    at = next ? *next : first;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OrderScan);

void QueryScan(benchmark::State& state) {
  Setup setup(kPlain);
  fill(setup, 100'000);
  const std::string first = must(encode_key("a", std::vector<std::string>{}));
  std::string at = first;
  for ([[maybe_unused]] auto _ : state) {
    auto next = must(setup.session().query(at, Direction::Forward));
    at = next ? next->key : first;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(QueryScan);

void EncodeKey(benchmark::State& state) {
  const std::vector<std::string> subscripts{"123456", "balance"};
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(must(encode_key("acct", subscripts)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(EncodeKey);

void BuildRecord(benchmark::State& state) {
  const std::string key = must(encode_key("a", std::vector<std::string>{"123456"}));
  RecordBuilder builder;
  std::uint64_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    ++n;
    builder.start_transaction(false, {}, 1);
    builder.add_update({UpdateType::Set, key, kValue}, OldKind::Inline, kValue, 1);
    builder.set_totals(1, 1);
    benchmark::DoNotOptimize(builder.finish(Seqno{n}, RegionTn{n}, n, 160));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BuildRecord);

void Checksum(benchmark::State& state) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(checksum(as_bytes(bytes)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Checksum)->Arg(128)->Arg(4096)->Arg(1 << 20);

}  // namespace
}  // namespace hw

BENCHMARK_MAIN();
