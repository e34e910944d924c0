/// cluster/keeper/step_runner.h -- commands that the agent runs to their end: `mupip rundown`, `journal -rollback`,
/// `replicate -source -shutdown`, scripts.
///
/// A step that is still running when the agent dies runs on: a rollback is not broken off. The next agent finds its row
/// and waits for it (adopt) before it does anything to the same instance.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/keeper/environment.h"
#include "cluster/keeper/event_loop.h"
#include "cluster/keeper/process.h"
#include "cluster/keeper/process_table.h"

namespace hw::cluster {

struct StepSpec {
  std::string group;  ///< of the configuration; may be empty
  std::string name;   ///< what it does: `rundown A`
  ProgramSpec what;
  /// After that it gets SIGTERM, and `grace` later SIGKILL, with its process group; 0: no limit.
  std::chrono::milliseconds time_out{0};
  std::chrono::milliseconds grace{5'000};
  std::size_t output_bytes_max = 1'048'576;  ///< kept of each stream, from its beginning; the rest is read and dropped
};

struct StepResult {
  enum class Ending : std::uint8_t {
    Ended,       ///< by itself; `end` says how
    NotStarted,  ///< `error` says why
    TimedOut,
    Cancelled
  };
  Ending ending = Ending::Ended;
  ProcessEnd end;
  std::optional<Error> error;
  std::string out, err;
  std::uint64_t dropped_bytes = 0;  ///< of both streams

  bool well() const { return ending == Ending::Ended && end.well(); }
  /// `exit status 3`, `time-out`, …: for a message.
  std::string describe() const;
};

/// Thread: the loop's.
class StepRunner {
 public:
  using Id = std::uint32_t;
  using Done = std::function<void(StepResult)>;

  /// Both outlive it.
  StepRunner(EventLoop& loop, ProcessTable& table);
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;
  /// Steps run on, and nothing is said of them.
  ~StepRunner();

  /// Starts it; `done` is called once, never from inside this call.
  Id run(StepSpec spec, Done done);
  /// Waits for one that an earlier agent has left; its output and how it ended are not known.
  Id adopt(const ProcessRow& found, Done done);
  /// SIGTERM, and `grace` later SIGKILL. Nothing when it has ended.
  void cancel(Id id);
  std::size_t running() const { return steps_.size(); }

 private:
  struct Step;
  Step& new_step(StepSpec spec, Done done);
  Status start_process(Step& step);
  Status watch_output(Step& step);
  Process::Events events_of(Step& step);
  void read_from(Step& step, int fd, std::string& into, EventLoop::Handle& handle);
  void read_rest(Step& step, int fd, std::string& into, EventLoop::Handle& handle);
  void end(Step& step, StepResult::Ending ending);
  void finish(Step& step);

  EventLoop& loop_;
  ProcessTable& table_;
  Id last_id_ = 0;
  std::map<Id, std::unique_ptr<Step>> steps_;
};

}  // namespace hw::cluster
