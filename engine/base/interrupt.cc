#include "engine/base/interrupt.h"

#include <csignal>

namespace hw {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t seen = 0;
struct sigaction former[3];

void note(int) { seen = 1; }

}  // namespace

InterruptWatch::InterruptWatch() {
  seen = 0;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigemptyset(&action.sa_mask);
  for (int i = 0; i < 3; ++i) ::sigaction(kSignals[i], &action, &former[i]);
}

InterruptWatch::~InterruptWatch() {
  for (int i = 0; i < 3; ++i) ::sigaction(kSignals[i], &former[i], nullptr);
}

bool InterruptWatch::interrupted() const { return seen != 0; }

}  // namespace hw
