#include "test/sim/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <sstream>

#include "engine/base/operator_reports.h"
#include "engine/commit/domain.h"
#include "engine/headwater.hpp"
#include "engine/recovery/checkpoint.h"

namespace hw::sim {
namespace {

volatile std::sig_atomic_t asked_to_end = 0;

void tell(const std::string& line) {
  if (::write(1, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
}

Status make_change(Session& session, const Change& change) {
  switch (change.kind) {
    case ChangeKind::Set:
      return session.set(change.key, change.value);
    case ChangeKind::Kill:
      return session.kill(change.key);
    case ChangeKind::ZKill:
      return session.zkill(change.key);
    case ChangeKind::Increment:
      HW_TRY_VOID(session.increment(change.key, change.value));
      return {};
  }
  return {};
}

Status make(Session& session, const Operation& operation) {
  if (!operation.transaction) return make_change(session, operation.changes.front());
  TransactionOptions options;
  options.durability = operation.durable ? Durability::Durable : Durability::Batch;
  return session.transact(options, [&]() -> Status {
    for (const Change& change : operation.changes) HW_TRY_VOID(make_change(session, change));
    return {};
  });
}

}  // namespace

std::vector<std::string> worker_command(const std::string& program, const WorkerOrder& order) {
  return {program,
          "--worker",
          std::to_string(order.load.seed),
          std::to_string(order.load.regions),
          std::to_string(order.load.durable),
          std::to_string(order.load.transactions),
          std::to_string(order.load.large),
          std::to_string(order.worker),
          std::to_string(order.count),
          std::to_string(order.pause_us)};
}

int worker_main(int argc, char** argv) {
  const auto number = [&](int at) { return argc > at ? std::strtoull(argv[at], nullptr, 10) : 0; };
  WorkerOrder order;
  order.load.seed = number(2);
  order.load.regions = static_cast<unsigned>(number(3));
  order.load.durable = static_cast<unsigned>(number(4));
  order.load.transactions = static_cast<unsigned>(number(5));
  order.load.large = static_cast<unsigned>(number(6));
  order.worker = static_cast<unsigned>(number(7));
  order.count = number(8);
  order.pause_us = static_cast<unsigned>(number(9));
  std::signal(SIGTERM, [](int) { asked_to_end = 1; });
  auto database = Database::open();
  Status status;
  if (!database.has_value()) {
    tell("1 ! " + database.error().render());
    return 1;
  }
  {
    Session session(**database);
    for (std::uint64_t i = 1; i <= order.count && asked_to_end == 0; ++i) {
      status = make(session, make_operation(order.load, order.worker, i));
      if (!status.has_value()) {
        tell(fmt::format("{} ! {}", i, status.error().render()));
        break;
      }
      tell(fmt::format("{} {}\n", i, session.last_seqno().value));
      if (order.pause_us != 0) ::usleep(order.pause_us);
    }
  }
  const Status closed = (*database)->close();
  if (!closed.has_value()) tell("close ! " + closed.error().render());
  if (!status.has_value() || !closed.has_value()) return 1;
  tell("end\n");
  return 0;
}

std::vector<std::string> checkpoint_command(const std::string& program) { return {program, "--checkpoint"}; }

int checkpoint_main() {
  const auto work = []() -> Status {
    DatabaseOptions options;
    options.background = false;
    HW_TRY(const auto database, Database::open(options));
    HW_TRY(Domain* const domain, database->domain());
    // As if the images had been due for a long time.
    for (PoolRegion& region : domain->header().regions) region.last_checkpoint_us.store(0);
    OperatorReports reports([](const Error&) {});  // A checkpoint that fails is the run's to find.
    ImagesSeen seen;
    take_due_checkpoints(
        *domain, [] { return false; }, reports, seen);
    return database->close();
  };
  const Status status = work();
  if (!status.has_value()) tell(status.error().render());
  return status.has_value() ? 0 : 1;
}

std::size_t read_worker(const std::string& said, WorkerResult& result) {
  std::size_t at = 0;
  for (std::size_t end; (end = said.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = said.substr(at, end - at);
    if (!result.refusal.empty()) {
      result.refusal += "\n" + line;
      continue;
    }
    if (line == "end") {
      result.complete = true;
      continue;
    }
    std::istringstream words(line);
    std::string number, seqno;
    if (!(words >> number >> seqno)) continue;
    if (seqno != "!" && number == std::to_string(result.seqnos.size() + 1)) {
      result.seqnos.push_back(std::stoull(seqno));
    } else {
      result.refusal = line;
    }
  }
  return at;
}

}  // namespace hw::sim
