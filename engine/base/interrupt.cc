#include "engine/base/interrupt.h"

#include <csignal>
#include <iterator>

namespace hw {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t seen = 0;
struct sigaction former[std::size(kSignals)];

void note(int) { seen = 1; }

}  // namespace

InterruptWatch::InterruptWatch() {
  seen = 0;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &action, &former[i]);
}

InterruptWatch::~InterruptWatch() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &former[i], nullptr);
  seen = 0;
}

bool InterruptWatch::interrupted() const { return seen != 0; }

bool end_requested() {
  if (seen != 0) return true;
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1;
}

}  // namespace hw
