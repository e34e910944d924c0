/// replic/filter/filter.h -- a server's external filter: a child process that sees every transaction and may change it.
///
/// The command is given to /bin/sh in a process group of its own, reads transactions from its standard input and
/// answers on its standard output (replic/filter/filter_codec.h); its standard error is the server's log. It starts
/// with the first transactions and lives over all connections. It ends when its input ends; what is still there a
/// moment later gets SIGTERM, then SIGKILL, the whole group. A server that is killed takes its filter along: the
/// filter's input ends.
///
/// A filter that dies, is silent for too long, or answers nonsense has failed for good: the server ends with the error,
/// because going on without the filter would send what the operator wants held back.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "replic/filter/filter_codec.h"
#include "replic/process/server_log.h"
#include "replic/process/wake_up.h"

namespace hw {

/// Thread: one at a time, except interrupt().
class Filter {
 public:
  /// What ends a pass() on the server's own behalf.
  struct Stop {
    int stop_fd = -1;  ///< readable when the server is to end
    int look_fd = -1;  ///< readable when `look` is to be asked
    /// Whether to end; makes look_fd unreadable.
    std::function<bool()> look = {};
  };
  struct Options {
    std::string command;
    NullsOf nulls_of;
    ExtractLayout layout = ExtractLayout::V7;
    std::chrono::milliseconds silence_max{64'000};  ///< as GT.M
    Stop stop = {};
  };
  /// For a server: the empty subscripts of the environment's global directory, the layout of gtm_extract_format and the
  /// patience of gtm_repl_filter_timeout, in seconds.
  /// Errors: those of GlobalDirectory::load_from_environment; MUPCLIERR for a number out of range.
  static Result<std::unique_ptr<Filter>> from_environment(const std::string& command, Stop stop, ServerLog& log);

  Filter(Options options, ServerLog& log);
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() { stop(); }

  /// Passes whole transactions through, starting the child if none runs; the answers, as frames of the same seqnos in
  /// the same order, are appended to `out`.
  /// Errors: FILTERNOTALIVE, FILTERTIMEDOUT, FILTERBADCONV, FILTERCOMM; HWPOOLDAMAGED for a frame that is none;
  /// FILTERCOMM with errno ECANCELED when interrupt() was called or Stop said so. The child has ended then. Blocks:
  /// until the child has answered; `silence_max` after its last sign of life at the latest.
  Status pass(std::span<const Bytes> frames, std::vector<std::string>& out);

  /// Ends a pass() that another thread is in, or the next one. Any thread.
  void interrupt() { wake_.wake(); }
  /// Forgets an interrupt() that met no pass().
  void rearm() { wake_.clear(); }
  /// Ends the child. Blocks: a few seconds at most.
  void stop();

 private:
  Status start(Seqno seqno);
  Error not_alive(Seqno seqno);
  Error failed(Seqno seqno, int number) const;
  Status talk(Seqno first, std::span<const FrameView> frames, std::vector<std::string>& out);
  Status read_answers(std::span<const FrameView> frames, std::size_t& answered, std::vector<std::string>& out);

  const Options options_;
  ServerLog& log_;
  WakeUp wake_;
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string lines_;  ///< to be written
  std::size_t written_ = 0;
  std::string received_;  ///< read and not yet taken
  FilterAnswer answer_;
};

}  // namespace hw
