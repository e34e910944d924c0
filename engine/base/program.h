/// engine/base/program.h -- how our programs begin and end: standard streams, signals, output that could not be
/// written.
///
/// For the main() of mupip, gbl, gde and dse. The library leaves an application's signals and streams alone.
#pragma once

#include <spawn.h>

namespace hw {

/// First thing in main().
///
/// Standard streams that are closed become /dev/null, so that no file or socket gets their numbers. Signals that say
/// nothing to the program (SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGXFSZ, SIGXCPU and their like) are ignored:
/// what SIGPIPE and SIGXFSZ report is an error of the call that writes. SIGTERM ends the program with FORCEDHALT,
/// unless it looks out for it (InterruptWatch, StopSignal). docs/signals.md has the table. As many descriptors are
/// allowed as the hard limit (ulimit -Hn) says.
void begin_program();

/// Whether standard stream `fd` was closed when the program began.
bool stream_was_closed(int fd);

/// Exit status of a program that SIGTERM has ended; GT.M's.
inline constexpr int kTerminatedStatus = 241;

/// Last thing in main(): flushes standard output. Returns `status`, or that of SYSCALL with a message when what the
/// program wrote did not arrive and all else went well.
int end_program(int status);

/// What a program that is not ours is started with: no signal blocked or ignored. Fills in mask, defaults and flags.
void set_plain_signals(posix_spawnattr_t& attributes);

}  // namespace hw
