#include "cluster/keeper/step_runner.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr std::size_t kReadBytes = 65'536;

}  // namespace

struct StepRunner::Step {
  Id id = 0;
  StepSpec spec;
  Done done;
  StepResult result;
  ServerKey key;
  std::unique_ptr<Process> process;
  EventLoop::Handle out, err, deadline, soon;
};

StepRunner::StepRunner(EventLoop& loop, ProcessTable& table) : loop_(loop), table_(table) {}

StepRunner::~StepRunner() = default;

std::string StepResult::describe() const {
  switch (ending) {
    case Ending::Ended:
      return end.describe();
    case Ending::NotStarted:
      return error ? error->lines() : "not started";
    case Ending::TimedOut:
      return "time-out";
    case Ending::Cancelled:
      return "cancelled";
  }
  return "?";
}

StepRunner::Step& StepRunner::new_step(StepSpec spec, Done done) {
  auto step = std::make_unique<Step>();
  step->key = {spec.group, spec.name, ++last_id_};
  // An earlier agent counted from 1, too.
  while (table_.has(ProcessKind::Step, step->key)) step->key.number = ++last_id_;
  step->id = last_id_;
  step->spec = std::move(spec);
  step->done = std::move(done);
  return *(steps_[step->id] = std::move(step));
}

StepRunner::Id StepRunner::run(StepSpec spec, Done done) {
  Step& step = new_step(std::move(spec), std::move(done));
  if (Status started = start_process(step); !started.has_value()) {
    step.result.ending = StepResult::Ending::NotStarted;
    step.result.error = started.error();
    step.soon = loop_.at(EventLoop::Clock::now(), [this, &step] { finish(step); });
  }
  return step.id;
}

Status StepRunner::start_process(Step& step) {
  LaunchSpec launch;
  launch.what = step.spec.what;
  HW_TRY(step.process, Process::start(loop_, std::move(launch), events_of(step)));
  if (const Status watched = watch_output(step); !watched.has_value()) {
    step.process->give_up(watched.error());
    return {};
  }
  // On a full disk, too, an instance has to be shut down. What the next agent does not know of is kept from meeting the
  // same command by the locks of the instance.
  (void)table_.put(
      {ProcessKind::Step, step.key, false, false, step.process->identity(), step.process->group(), wall_clock_us(), 0});
  if (step.spec.time_out.count() > 0)
    step.deadline = loop_.at(EventLoop::Clock::now() + step.spec.time_out,
                             [this, &step] { end(step, StepResult::Ending::TimedOut); });
  step.process->go();
  return {};
}

Status StepRunner::watch_output(Step& step) {
  const int out = step.process->out(), err = step.process->err();
  HW_TRY(step.out, loop_.when_readable(out, [this, &step, out] { read_from(step, out, step.result.out, step.out); }));
  HW_TRY(step.err, loop_.when_readable(err, [this, &step, err] { read_from(step, err, step.result.err, step.err); }));
  return {};
}

StepRunner::Id StepRunner::adopt(const ProcessRow& found, Done done) {
  StepSpec spec;
  spec.group = found.key.group;
  spec.name = found.key.name;
  Step& step = new_step(std::move(spec), std::move(done));
  step.key = found.key;
  step.process = Process::adopt(loop_, found.identity, found.group, events_of(step));
  return step.id;
}

Process::Events StepRunner::events_of(Step& step) {
  Process::Events events;
  events.failed = [this, &step](const Error& why) {
    if (step.result.ending == StepResult::Ending::Ended) step.result.ending = StepResult::Ending::NotStarted;
    step.result.error = why;
    finish(step);
  };
  events.ended = [this, &step](const ProcessEnd& end) {
    step.result.end = end;
    // What it has started itself may be servers, and lives on.
    if (step.result.ending == StepResult::Ending::Ended) return finish(step);
    step.process->clear(true);
  };
  events.cleared = [this, &step] { finish(step); };
  return events;
}

void StepRunner::cancel(Id id) {
  if (const auto found = steps_.find(id); found != steps_.end()) end(*found->second, StepResult::Ending::Cancelled);
}

void StepRunner::end(Step& step, StepResult::Ending ending) {
  if (step.result.ending != StepResult::Ending::Ended) return;
  step.result.ending = ending;
  step.process->signal(SIGTERM);
  step.deadline = loop_.at(EventLoop::Clock::now() + step.spec.grace, [&step] { step.process->signal(SIGKILL); });
}

void StepRunner::read_from(Step& step, int fd, std::string& into, EventLoop::Handle& handle) {
  std::array<char, kReadBytes> piece{};
  const ssize_t got = ::read(fd, piece.data(), piece.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return handle.cancel();
  const auto bytes = static_cast<std::size_t>(got);
  HW_CHECK_LE(into.size(), step.spec.output_bytes_max);
  const std::size_t kept = std::min(bytes, step.spec.output_bytes_max - into.size());
  into.append(piece.data(), kept);
  step.result.dropped_bytes += bytes - kept;
}

/// What it wrote before its end is in the pipe. Others who have the pipe may write on for ever.
void StepRunner::read_rest(Step& step, int fd, std::string& into, EventLoop::Handle& handle) {
  int left = 0;
  if (!handle.is_armed() || ::ioctl(fd, FIONREAD, &left) != 0) return;
  for (; left > 0 && handle.is_armed(); left -= static_cast<int>(kReadBytes)) read_from(step, fd, into, handle);
}

void StepRunner::finish(Step& step) {
  if (step.process) {
    read_rest(step, step.process->out(), step.result.out, step.out);
    read_rest(step, step.process->err(), step.result.err, step.err);
  }
  (void)table_.drop(ProcessKind::Step, step.key);  // Its process is dead: the next agent sees that.
  const auto node = steps_.extract(step.id);
  HW_CHECK(!node.empty());  // A step ends once.
  node.mapped()->done(std::move(node.mapped()->result));
}

}  // namespace hw::cluster
