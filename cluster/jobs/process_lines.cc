#include "cluster/jobs/process_lines.h"

#include "cluster/jobs/job_end.h"

namespace hw::cluster {
namespace {

std::string_view word_of(ProcessEnd end) {
  static constexpr std::array<std::string_view, 6> kWords{"started", "already up",   "stopped",
                                                          "killed",  "already down", "recovered"};
  return kWords.at(static_cast<std::size_t>(end));
}

bool was_so(ProcessEnd end) { return end == ProcessEnd::AlreadyUp || end == ProcessEnd::AlreadyDown; }

}  // namespace

void ProcessLines::add_row(std::string_view node, std::string_view server, std::uint32_t pid, std::string_view state) {
  rows_.push_back({cell_of(node), cell_of(server), unless_zero(pid), cell_of(state)});
}

void ProcessLines::add(std::string_view node, std::string_view server, std::uint32_t pid, ProcessEnd end) {
  const std::lock_guard lock(mutex_);
  ++(was_so(end) ? already_ : done_);
  add_row(node, server, pid, word_of(end));
  const std::string which = pid == 0 ? "" : fmt::format(" pid {}", pid);
  say_.line(fmt::format("{} {}{} {}", node, server, which, word_of(end)));
}

void ProcessLines::failed(std::string_view node, std::string_view server, const Error& why) {
  const std::lock_guard lock(mutex_);
  ++failed_;
  add_row(node, server, 0, "failed");
  faults_.push_back(message_of(why, node));
  say_.line(fmt::format("{} {} failed: {}", node, server, message_line(why.id, why.severity, why.text)));
}

void ProcessLines::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  say_.line(text);
}

void ProcessLines::message(const Error& error, std::string_view node) {
  const std::lock_guard lock(mutex_);
  say_.message(error, node);
}

bool ProcessLines::any_failed() const {
  const std::lock_guard lock(mutex_);
  return failed_ != 0;
}

JobEnd ProcessLines::end(Outcome outcome, bool elsewhere) {
  const std::lock_guard lock(mutex_);
  const bool boots = command_ == Command::Boot;
  if (elsewhere) {
    say_.line(boots ? "started 0" : "stopped 0");
  } else {
    say_.line(boots ? fmt::format("started {}, already up {}, failed {}", done_, already_, failed_)
                    : fmt::format("stopped {}, already down {}, failed {}", done_, already_, failed_));
  }
  JobEnd end = end_of(outcome);
  end.result.rows.columns = {{"node"}, {"server"}, {"pid", Align::Right}, {"state"}};
  end.result.rows.rows = std::move(rows_);
  end.result.messages = std::move(faults_);
  end.result.values.emplace_back(boots ? "started" : "stopped", done_);
  end.result.values.emplace_back(boots ? "already_up" : "already_down", already_);
  end.result.values.emplace_back("failed", failed_);
  return end;
}

}  // namespace hw::cluster
