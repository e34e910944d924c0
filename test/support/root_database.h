/// test/support/root_database.h -- a replicating database whose processes are those of a root primary, in children,
/// because LMDB does not allow a file twice in one process. There is no instance file but an empty one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "engine/commit/domain.h"
#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {

class RootDatabase : public testing::Test {
 protected:
  /// `replicate` false: the region is journaled and no more.
  explicit RootDatabase(bool replicate = true) {
    EXPECT_EQ(in_child({}, [&] { scratch_.enable_journaling(replicate); }), 0);
  }

  static std::string node(std::uint64_t i) { return key("a", {std::to_string(i)}); }

  std::unique_ptr<Database> open() const {
    DatabaseOptions options;
    options.global_directory = scratch_.directory_path();
    options.instance_file = scratch_.folder() + "/test.repl";
    options.background = false;
    return must(Database::open(options));
  }

  /// A process of a root primary, alone in making its pool.
  void as_root(const std::function<void(Session&, Domain&)>& work, bool fence_required = false) const {
    auto database = open();
    JournalPool::Setup setup;
    setup.replicating = true;
    setup.ring_bytes = 1 << 20;
    setup.instance_name = "TEST";
    setup.instance_file = scratch_.folder() + "/test.repl";
    must(replace_file(setup.instance_file, ""));  // Who attaches compares which file it is.
    setup.instance_identity = must(identity_of(setup.instance_file));
    Domain* const domain = must(database->create_domain(setup));
    const int id = domain->pool().id();
    domain->header().fence.set_required(fence_required);
    {
      Session session(*database);
      work(session, *domain);
    }
    must(database->close());
    must(SharedMemory::remove(id));
  }

  ScratchDatabase scratch_;
};

}  // namespace hw::test
