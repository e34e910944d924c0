// test/unit/cluster_keeper/process_fixture.h -- one process of the keeper, and what was told of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cluster/keeper/process.h"
#include "test/unit/cluster_keeper/processes_stage.h"

namespace hw::cluster::test_stage {

class OneProcess : public ProcessesTest {
 protected:
  Process::Events events() {
    Process::Events out;
    out.runs = [this] { runs_ = true; };
    out.failed = [this](const Error& why) { failure_ = why; };
    out.ended = [this](const ProcessEnd& end) { end_ = end; };
    out.cleared = [this] { cleared_ = true; };
    return out;
  }
  void start(const LaunchSpec& spec) {
    process_ = must(Process::start(loop_, spec, events()));
    process_->go();
  }
  LaunchSpec logged(const std::string& script) const { return {shell(script), folder_.file("log/out"), -1}; }
  std::uint32_t pid() const { return process_->identity().pid; }
  void kill_and_clear() {
    process_->signal(SIGKILL);
    EXPECT_TRUE(wait([&] { return end_.has_value(); }));
    process_->clear(true);
    EXPECT_TRUE(wait([&] { return cleared_; }));
  }
  std::string run_and_read(LaunchSpec spec) {
    start(spec);
    EXPECT_TRUE(wait([&] { return end_ || failure_; }));
    EXPECT_FALSE(failure_) << failure_->lines();
    return content("log/out.out");
  }

  std::unique_ptr<Process> process_;
  bool runs_ = false, cleared_ = false;
  std::optional<Error> failure_;
  std::optional<ProcessEnd> end_;
};

}  // namespace hw::cluster::test_stage
