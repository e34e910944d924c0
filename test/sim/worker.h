/// test/sim/worker.h -- the processes that update: this program again, as a user of libheadwater.
///
/// A worker makes its operations one after the other and tells of each one when it is acknowledged, on its standard
/// output: `<number> <seqno>`, or `<number> ! <message>` and an end when it is refused; `end` when all are made. One
/// that ends without `end` leaves at most the operation behind its last line open.
#pragma once

#include <string>
#include <vector>

#include "test/sim/operation.h"

namespace hw::sim {

struct WorkerOrder {
  Workload load;
  unsigned worker = 0;
  std::uint64_t count = 0;
  unsigned pause_us = 0;  ///< between operations
};

/// The command line that makes `program` a worker, and the way back.
std::vector<std::string> worker_command(const std::string& program, const WorkerOrder& order);
/// What a worker process does; the exit status.
int worker_main(int argc, char** argv);

/// The command line of a process that brings the checkpoint images up to the journals, and what it does.
std::vector<std::string> checkpoint_command(const std::string& program);
int checkpoint_main();

struct WorkerResult {
  std::vector<std::uint64_t> seqnos;  ///< of operations 1, 2, ...
  std::string refusal;                ///< message of the operation behind those
  bool complete = false;              ///< it said `end`
};
/// Adds what whole lines of `said` say. Returns the bytes that they take; what is behind them comes again, longer.
std::size_t read_worker(const std::string& said, WorkerResult& result);

}  // namespace hw::sim
