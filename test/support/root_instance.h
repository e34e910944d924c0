/// test/support/root_instance.h -- an instance that a test's child processes enter as root primary.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/session/session.h"
#include "replic/instance/instance.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {

/// The databases are journaled and replicate from the first time it is entered. Only children enter it.
class RootInstance {
 public:
  /// `regions`: as for ScratchDatabase.
  RootInstance(const char* name, const std::vector<std::string>& regions) : scratch_(regions) {
    InstanceFile::Creation creation;
    creation.path = path_;
    EXPECT_TRUE(InstanceFile::create(InstanceName::parse(name).value(), creation).has_value());
    EXPECT_EQ(in_environment([&] { scratch_.enable_journaling(true); }), 0);
  }
  ~RootInstance() {
    in_environment([&] { run_down(); });  // A test that failed half-way may have left a pool.
  }
  RootInstance(const RootInstance&) = delete;
  RootInstance& operator=(const RootInstance&) = delete;

  const std::string& path() const { return path_; }
  const ScratchDatabase& scratch() const { return scratch_; }
  std::string file(const std::string& name) const { return scratch_.folder() + "/" + name; }

  /// As in_child; `more` is set too.
  int in_environment(const std::function<void()>& work, Variables more = {}) const {
    return wait_for(start(work, std::move(more)));
  }
  /// As start_child.
  pid_t start(const std::function<void()>& work, Variables more = {}) const {
    more["gtmgbldir"] = scratch_.directory_path();
    return start_child(more, work);
  }

  EnteredInstance enter() const {
    EnterOptions options;
    options.instance_path = path_;
    options.pool_bytes = kPoolBytesMin;
    return must(enter_instance(options));
  }
  /// Up for the time of `work`, in a child.
  void as_root(const std::function<void(Session&, Domain&)>& work) const {
    EnteredInstance entered = enter();
    {
      Session session(*entered.database);
      work(session, *entered.domain);
    }
    EXPECT_TRUE(must(leave_instance(entered, path_)).removed);
  }
  /// What a shutdown does when the servers are gone, in a child.
  void run_down() const {
    auto pool = find_pool(path_);
    if (!pool.has_value()) return;
    EXPECT_TRUE(must(remove_unused_pool(std::move(*pool), path_)).removed);
  }

 private:
  ScratchDatabase scratch_;
  const std::string path_ = scratch_.folder() + "/test.repl";
};

}  // namespace hw::test
