#include "replic/filter/filter.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "engine/base/limits.h"
#include "engine/base/liveness.h"
#include "engine/base/program.h"
#include "engine/base/text.h"
#include "engine/globals/global_directory.h"
#include "engine/globals/node_key.h"

extern char** environ;

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kReadBytes = 65536;
constexpr auto kEndsByItself = 2s;  // After the end of its input, and again after SIGTERM.
constexpr std::uint32_t kSilenceMax_s = 131'072;

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return fmt::format("The filter has ended with exit status {}", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return fmt::format("The filter was ended by signal {}", WTERMSIG(status));
  return "The filter has closed its input or output";
}

/// Waits for a child until the deadline; false when it lives on.
bool reap(pid_t pid, steady_clock::time_point deadline, int& status) {
  (void)wait_for_exit(static_cast<std::uint32_t>(pid), process_start(static_cast<std::uint32_t>(pid)), deadline);
  return ::waitpid(pid, &status, WNOHANG) == pid;
}

}  // namespace

Result<std::unique_ptr<Filter>> Filter::from_environment(const std::string& command, Stop stop, ServerLog& log) {
  HW_TRY(GlobalDirectory read, GlobalDirectory::load_from_environment());
  const auto directory = std::make_shared<const GlobalDirectory>(std::move(read));
  Options options;
  options.command = command;
  options.nulls_of = [directory](std::string_view global) { return null_collation_of(*directory, global); };
  options.layout = extract_layout_from_environment();
  options.stop = std::move(stop);
  if (const char* text = std::getenv("gtm_repl_filter_timeout"); text != nullptr && *text != '\0') {
    const auto seconds = whole_number<std::uint32_t>(text);
    if (!seconds || *seconds == 0 || *seconds > kSilenceMax_s)
      return make_error<MsgId::MUPCLIERR>().note(
          fmt::format("gtm_repl_filter_timeout is {}, not a number of seconds from 1 to {}", text, kSilenceMax_s));
    options.silence_max = std::chrono::seconds(*seconds);
  }
  auto filter = std::make_unique<Filter>(std::move(options), log);
  HW_TRY_VOID(filter->wake_.open());
  log.line(fmt::format("Filter command is {}", command));
  return filter;
}

Filter::Filter(Options options, ServerLog& log)
    : options_(std::move(options)), log_(log), answer_(options_.nulls_of, options_.layout) {}

Error Filter::failed(Seqno seqno, int number) const {
  return make_error<MsgId::FILTERCOMM>(seqno.value).with_errno(number);
}

Status Filter::start(Seqno seqno) {
  lines_.clear();
  received_.clear();
  written_ = 0;
  std::array<int, 2> in{-1, -1};
  std::array<int, 2> out{-1, -1};
  if (::pipe2(in.data(), O_CLOEXEC) != 0) return failed(seqno, errno);
  if (::pipe2(out.data(), O_CLOEXEC) != 0) {
    const int why = errno;
    ::close(in[0]);
    ::close(in[1]);
    return failed(seqno, why);
  }
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  ::posix_spawn_file_actions_adddup2(&streams, in[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&streams, out[1], STDOUT_FILENO);
  if (log_.fd() >= 0) ::posix_spawn_file_actions_adddup2(&streams, log_.fd(), STDERR_FILENO);
  // What the server blocks and ignores must mean to the filter what it means to any program.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  set_plain_signals(attributes);
  std::array<std::string, 3> words{"sh", "-c", options_.command};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = -1;
  const int rc = ::posix_spawn(&pid, "/bin/sh", &streams, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&streams);
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (rc != 0) {
    close_fd(to_);
    close_fd(from_);
    return failed(seqno, rc);
  }
  pid_ = pid;
  for (const int fd : {to_, from_})
    if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return failed(seqno, errno);
  log_.line(fmt::format("Filter started. PID {}", pid_));
  return {};
}

void Filter::stop() {
  close_fd(to_);
  close_fd(from_);
  if (pid_ < 0) return;
  int status = 0;
  bool ended = reap(pid_, steady_clock::now() + kEndsByItself, status);
  if (!ended) {
    (void)::kill(-pid_, SIGTERM);
    ended = reap(pid_, steady_clock::now() + kEndsByItself, status);
  }
  // Also what the shell's own end has left of the group.
  (void)::kill(-pid_, SIGKILL);
  while (!ended && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  log_.line("Filter Stopped");
}

Error Filter::not_alive(Seqno seqno) {
  close_fd(to_);
  close_fd(from_);
  int status = 0x7F;  // Neither ended nor killed, should it live on.
  if (reap(pid_, steady_clock::now() + kEndsByItself, status)) {
    (void)::kill(-pid_, SIGKILL);
    pid_ = -1;
  }
  return make_error<MsgId::FILTERNOTALIVE>(seqno.value).note(how_it_ended(status));
}

Status Filter::pass(std::span<const Bytes> frames, std::vector<std::string>& out) {
  std::vector<FrameView> views;
  views.reserve(frames.size());
  for (const Bytes frame : frames) {
    HW_TRY(const FrameView view, FrameView::parse(frame, "a transaction for the filter"));
    views.push_back(view);
  }
  if (views.empty()) return {};
  const Seqno first = views.front().seqno();
  Status passed;
  if (pid_ < 0) passed = start(first);
  if (passed.has_value()) {
    for (const FrameView& view : views) {
      passed = append_filter_lines(lines_, view, options_.nulls_of, options_.layout);
      if (!passed.has_value()) break;
    }
  }
  if (passed.has_value()) passed = talk(first, views, out);
  // Out of step with what it was told, it is of no use any more.
  if (!passed.has_value()) stop();
  return passed;
}

Status Filter::talk(Seqno first, std::span<const FrameView> frames, std::vector<std::string>& out) {
  std::size_t answered = 0;
  answer_.begin(frames.front());
  auto deadline = steady_clock::now() + options_.silence_max;
  while (answered < frames.size()) {
    const Seqno at = frames[answered].seqno();
    const bool writing = written_ < lines_.size();
    std::array<struct pollfd, 5> watch{{{from_, POLLIN, 0},
                                        {writing ? to_ : -1, POLLOUT, 0},
                                        {options_.stop.stop_fd, POLLIN, 0},
                                        {wake_.fd(), POLLIN, 0},
                                        {options_.stop.look_fd, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    const int ready = ::poll(watch.data(), watch.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno != EINTR) return failed(at, errno);
    if (ready < 0) continue;
    if (ready == 0) return make_error<MsgId::FILTERTIMEDOUT>(at.value);
    if (watch[2].revents != 0 || watch[3].revents != 0) {
      wake_.clear();
      return failed(first, ECANCELED);
    }
    if (watch[4].revents != 0 && options_.stop.look()) return failed(first, ECANCELED);
    if (watch[1].revents != 0) {
      const auto done = ::write(to_, lines_.data() + written_, lines_.size() - written_);
      if (done < 0 && errno == EPIPE) return not_alive(at);
      if (done < 0 && errno != EAGAIN && errno != EINTR) return failed(at, errno);
      if (done > 0) {
        written_ += static_cast<std::size_t>(done);
        deadline = steady_clock::now() + options_.silence_max;
      }
    }
    if (watch[0].revents != 0) {
      const std::size_t had = received_.size();
      received_.resize(had + kReadBytes);
      const auto got = ::read(from_, received_.data() + had, kReadBytes);
      const int why = errno;
      received_.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
      if (got == 0) return not_alive(at);
      if (got < 0 && why != EAGAIN && why != EINTR) return failed(at, why);
      if (got > 0) {
        deadline = steady_clock::now() + options_.silence_max;
        HW_TRY_VOID(read_answers(frames, answered, out));
      }
    }
  }
  lines_.clear();
  written_ = 0;
  return {};
}

Status Filter::read_answers(std::span<const FrameView> frames, std::size_t& answered, std::vector<std::string>& out) {
  std::size_t begin = 0;
  while (answered < frames.size()) {
    const auto end = received_.find('\n', begin);
    if (end == std::string::npos) break;
    HW_TRY(const bool whole, answer_.take(std::string_view(received_).substr(begin, end - begin)));
    begin = end + 1;
    if (!whole) continue;
    out.emplace_back(answer_.frame());
    if (++answered < frames.size()) answer_.begin(frames[answered]);
  }
  received_.erase(0, begin);
  if (answered < frames.size() && received_.size() > kFilterLineBytesMax)
    return make_error<MsgId::FILTERBADCONV>(answer_.seqno().value)
        .note(fmt::format("A line of more than {} bytes", kFilterLineBytesMax));
  return {};
}

}  // namespace hw
