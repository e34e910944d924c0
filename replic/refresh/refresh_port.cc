#include "replic/refresh/refresh_port.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "engine/base/file.h"
#include "engine/base/liveness.h"
#include "engine/base/start_thread.h"
#include "replic/link/link_tls.h"
#include "replic/refresh/refresh_link.h"
#include "replic/refresh/refresh_sender.h"

extern char** environ;

namespace hw {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kLookAgain = 1s;       // For senders that have ended.
constexpr auto kSenderStopMax = 10s;  // It looks for SIGTERM between pieces of a few megabytes.

}  // namespace

Status RefreshPort::listen(std::uint16_t port) {
  HW_TRY_VOID(stop_.open());
  auto listener = TcpListener::listen(port);
  if (!listener.has_value()) return port_taken(listener.error(), port);
  listener_ = std::move(*listener);
  return {};
}

Status RefreshPort::serve() {
  HW_TRY(thread_, start_thread("refresh port", [this] { run(); }));
  log_.line(fmt::format("Refresh: copies of this instance are sent from port {}", listener_.port()));
  return {};
}

void RefreshPort::close() {
  if (!thread_.joinable()) return;
  stop_.wake();
  thread_.join();
  listener_ = {};
  for (const Sender& sender : senders_) ::kill(sender.pid, SIGTERM);
  const auto patience = steady_clock::now() + kSenderStopMax;
  for (const Sender& sender : senders_) {
    const auto ended = wait_for_exit(static_cast<std::uint32_t>(sender.pid), 0, patience);
    if (!ended.has_value() || !*ended) ::kill(sender.pid, SIGKILL);
  }
  collect(/*wait=*/true);
}

void RefreshPort::run() {
  for (;;) {
    collect(/*wait=*/false);
    auto stream = listener_.accept(steady_clock::now() + kLookAgain, stop_.fd());
    struct pollfd stopping {
      stop_.fd(), POLLIN, 0
    };
    if (::poll(&stopping, 1, 0) > 0) return;
    if (!stream.has_value()) {
      log_.report(stream.error());
      (void)::poll(&stopping, 1, 1000);  // No descriptors left, most likely: others give theirs back.
      continue;
    }
    if (!*stream) continue;
    collect(/*wait=*/false);
    if (senders_.size() >= kRefreshesMax) {
      turn_away(std::move(**stream));
    } else if (const Status started = start_sender(**stream); !started.has_value()) {
      log_.report(started.error());
    }
  }
}

Status RefreshPort::start_sender(const TcpStream& stream) {
  std::vector<char*> arguments;
  for (const auto& word : command_) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  ::posix_spawn_file_actions_adddup2(&streams, stream.descriptor(), STDIN_FILENO);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) ::posix_spawn_file_actions_adddup2(&streams, log_.fd(), fd);
  pid_t pid = 0;
  const int rc = ::posix_spawn(&pid, arguments[0], &streams, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&streams);
  if (rc != 0) return system_error("posix_spawn()", command_[0], rc);
  senders_.push_back({pid, stream.remote()});
  // A connection that may not be let in is not reported yet.
  if (!encrypted_) log_.line(fmt::format("Refresh: connection from {} is served by process {}", stream.remote(), pid));
  return {};
}

void RefreshPort::turn_away(TcpStream stream) {
  log_.line(fmt::format("Refresh: {} is turned away, {} are being served", stream.remote(), senders_.size()));
  if (encrypted_) return;  // What it would be told in plain it would not believe.
  RefreshLink(std::move(stream), kRefusalHeard, stop_.fd())
      .refuse("too many instances are being refreshed from here, try again later");
}

void RefreshPort::collect(bool wait) {
  std::erase_if(senders_, [&](const Sender& sender) {
    int status = 0;
    const pid_t ended = ::waitpid(sender.pid, &status, wait ? 0 : WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    tell_end(sender, status);
    return true;
  });
}

void RefreshPort::tell_end(const Sender& sender, int status) {
  if (WIFSIGNALED(status))
    return log_.line(fmt::format("Refresh: process {} was killed by signal {}", sender.pid, WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  if (!encrypted_ || (code != kSenderNotTls && code != kSenderNotAccepted))
    return log_.line(fmt::format("Refresh: process {} has ended, status {}", sender.pid, code));
  Error refused = code == kSenderNotTls ? make_error<MsgId::REPLNOTLS>("Refresh port", "instance that is refreshed")
                                        : make_error<MsgId::TLSHANDSHAKE>().note("Of the refresh port");
  if (const auto due = denial(denials_, host_of(sender.remote), std::move(refused))) log_.report(*due);
}

}  // namespace hw
