// lmdb_limit FOLDER SCALE -- the rates of LMDB alone, as the limit of what a system that stands on it can reach: no
// journal, no replication, no collation, one process, the nodes and values of sequence.h. Each update is a transaction
// that is not synced. SCALE divides the counts of rows.py. Prints a line for each row: KEY RATE.

#include <lmdb.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "test/bench/sequence.h"

namespace {

using bench::Tables;
using bench::Walk;

void must(int error) {
  if (error == MDB_SUCCESS) return;
  std::fprintf(stderr, "%s\n", mdb_strerror(error));
  std::exit(1);
}

// Those with which engine/storage/lmdb.cc opens a database for updating.
constexpr unsigned kAsHeadwater =
    MDB_NOTLS | MDB_WRITEMAP | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOMEMINIT | MDB_NORDAHEAD;

MDB_val bytes_of(const std::string& text) { return {text.size(), const_cast<char*>(text.data())}; }

class Store {
 public:
  explicit Store(const char* folder) {
    must(mdb_env_create(&environment_));
    must(mdb_env_set_mapsize(environment_, 16ULL << 30));
    must(mdb_env_open(environment_, folder, kAsHeadwater, 0600));
    MDB_txn* transaction = nullptr;
    must(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    must(mdb_dbi_open(transaction, nullptr, 0, &table_));
    must(mdb_txn_commit(transaction));
    must(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reader_));
    mdb_txn_reset(reader_);
  }
  ~Store() {
    mdb_txn_abort(reader_);
    mdb_env_close(environment_);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void set(const std::string& key, const std::string& value) {
    MDB_txn* transaction = nullptr;
    must(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    MDB_val at = bytes_of(key);
    MDB_val to = bytes_of(value);
    must(mdb_put(transaction, table_, &at, &to, 0));
    must(mdb_txn_commit(transaction));
  }
  void get(const std::string& key) {
    must(mdb_txn_renew(reader_));
    MDB_val at = bytes_of(key);
    MDB_val found;
    must(mdb_get(reader_, table_, &at, &found));
    mdb_txn_reset(reader_);
  }

 private:
  MDB_env* environment_ = nullptr;
  MDB_txn* reader_ = nullptr;
  MDB_dbi table_ = 0;
};

void measure(const char* row, std::uint64_t count, std::uint64_t pass,
             const std::function<void(const Walk&, std::uint64_t)>& step) {
  const auto begin = std::chrono::steady_clock::now();
  Walk walk(0, pass);
  for (std::uint64_t i = 0; i < count; ++i, walk.step()) step(walk, i);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  std::printf("%s %.0f\n", row, static_cast<double>(count) / taken.count());
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t scale = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  if (scale == 0) {
    std::fputs("usage: lmdb_limit FOLDER SCALE\n", stderr);
    return 2;
  }
  Store store(argv[1]);
  const Tables tables;
  const std::string value = "12345678901234567890123456789012345678";
  const auto key = [&](const char* global, const Walk& walk) {
    return global + tables.names[walk.first.at()] + '\0' + tables.names[walk.second.at()];
  };
  const auto set = [&](const Walk& walk, std::uint64_t) { store.set(key("r", walk), tables.values[walk.value.at()]); };
  measure("asc", 1'000'000 / scale, 0, [&](const Walk&, std::uint64_t i) {
    char text[16];
    std::snprintf(text, sizeof(text), "a%010llu", static_cast<unsigned long long>(i));
    store.set(text, value);
  });
  measure("insert", 1'000'000 / scale, 0, set);
  measure("update", 1'000'000 / scale, 1, set);
  measure("longs", 100'000 / scale, 0,
          [&](const Walk& walk, std::uint64_t) { store.set(key("v", walk), tables.long_values[walk.value.at()]); });
  measure("gets", 1'000'000 / scale, 0, [&](const Walk& walk, std::uint64_t) { store.get(key("r", walk)); });
  return 0;
}
