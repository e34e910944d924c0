#include "test/sim/powerloss/process_recording.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <utility>

namespace hw::powerloss {
namespace {

thread_local int inside = 0;

std::atomic<Process*> process{nullptr};

pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;     ///< around the first use of Process::recording
pthread_mutex_t root_mutex = PTHREAD_MUTEX_INITIALIZER;  ///< of below_root()

void in_child() {
  // Another thread of the parent may have been half-way through a change of this memory, which is therefore left, and
  // held these.
  opening = PTHREAD_MUTEX_INITIALIZER;
  root_mutex = PTHREAD_MUTEX_INITIALIZER;
  if (process.load() != nullptr) process.store(new Process());
}

/// Of the environment; empty: there is none.
const char* setting(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// The process's recording, opened at the first call. Null: none is wanted, or it cannot be had.
Process* this_process() {
  if (*setting("HW_POWERLOSS_DIR") == '\0' || *setting("HW_POWERLOSS_ROOT") == '\0') return nullptr;
  Process* known = process.load();
  if (known == nullptr) {
    auto* made = new Process();
    if (process.compare_exchange_strong(known, made)) {
      ::pthread_atfork(nullptr, nullptr, in_child);
      known = made;
    } else {
      delete made;
    }
  }
  return known;
}

}  // namespace

Inside::Inside() : error_(errno) { ++inside; }

Inside::~Inside() {
  --inside;
  errno = error_;
}

bool Inside::now() { return inside != 0; }

bool records() { return this_process() != nullptr; }

void fail(const std::string& why) {
  Recording::fail(setting("HW_POWERLOSS_DIR"), std::to_string(::getpid()) + ": " + why);
}

void locked(const std::function<Done(Recording&, Process&)>& body) {
  Process* const mine = this_process();
  if (mine == nullptr) return;
  // Opening it is not under its lock: threads of a process that starts are rare, and the second finds it done.
  ::pthread_mutex_lock(&opening);
  if (!mine->recording) {
    auto opened = Recording::open(setting("HW_POWERLOSS_DIR"), setting("HW_POWERLOSS_ROOT"));
    if (opened)
      mine->recording.emplace(std::move(*opened));
    else
      fail(opened.error());
  }
  ::pthread_mutex_unlock(&opening);
  if (!mine->recording) return;
  const auto lock = mine->recording->lock();
  Done done;
  if (!lock)
    done = tl::unexpected(lock.error());
  else
    done = body(*mine->recording, *mine);
  if (!done) fail(done.error());
}

Done take_part(Recording& recording, Process& mine) {
  if (mine.registered) return {};
  mine.registered = true;
  Event event;
  event.type = EventType::Process;
  event.file = static_cast<std::uint64_t>(::getpid());
  event.key.born_ns = static_cast<std::int64_t>(process_start(static_cast<std::uint32_t>(::getpid())));
  return recording.append(std::move(event));
}

bool below_root(const std::string& path) {
  const char* root = std::getenv("HW_POWERLOSS_ROOT");
  if (root == nullptr || path.empty()) return false;
  static std::string last_root;
  static std::string last_canonical;
  ::pthread_mutex_lock(&root_mutex);
  if (last_root != root) {
    char* real = ::realpath(root, nullptr);
    last_root = root;
    last_canonical = real == nullptr ? root : real;
    std::free(real);
  }
  const bool below =
      path.starts_with(last_canonical) && (path.size() == last_canonical.size() || path[last_canonical.size()] == '/');
  ::pthread_mutex_unlock(&root_mutex);
  return below;
}

}  // namespace hw::powerloss
