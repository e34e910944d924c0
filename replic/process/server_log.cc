#include "replic/process/server_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "engine/base/file_rights.h"
#include "engine/base/log_file.h"

namespace hw {
namespace {

/// `fraction` follows the seconds.
std::string log_time_of(std::time_t now, std::string_view fraction) {
  struct tm parts {};
  ::localtime_r(&now, &parts);
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02}{} {}", days.at(static_cast<std::size_t>(parts.tm_wday)),
                     months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_mday, parts.tm_hour, parts.tm_min,
                     parts.tm_sec, fraction, 1900 + parts.tm_year);
}

/// As log_time, with the microseconds.
std::string exact_log_time() {
  using namespace std::chrono;
  const auto now_us = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  return log_time_of(static_cast<std::time_t>(now_us / 1'000'000), fmt::format(".{:06}", now_us % 1'000'000));
}

}  // namespace

std::string log_time() { return log_time_of(std::time(nullptr), ""); }

std::string timed(std::string_view text) { return fmt::format("{} : {}", log_time(), text); }

Result<File> open_log_file(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_APPEND;
  if (!takes_lines(path)) return system_error("open()", path, EEXIST);
  auto file = File::open(path, kFlags);
  if (file.has_value() || file.error().os_errno != ENOENT) return file;
  HW_TRY(File made, File::open(path, kFlags | O_CREAT, 0666));
  const char* instance = std::getenv("gtm_repl_instance");
  if (::geteuid() != 0 || instance == nullptr) return made;
  const auto owner = rights_of(instance);
  if (!owner.has_value()) return made;  // Without an instance file the start fails soon, and says so in this log.
  HW_TRY(const FileRights own, rights_of(made));
  HW_TRY_VOID(make_like(made, {owner->user, owner->group, own.mode}, Likeness::Same));
  return made;
}

Status ServerLog::open(const std::string& path) { return open_instead(path, "/dev/null"); }

Status ServerLog::open_instead(const std::string& path, std::string_view otherwise) {
  auto file = open_log_file(path);
  if (!file.has_value()) {
    const int why = file.error().os_errno;
    const std::string_view text = why == EEXIST ? "The file that is there is no log" : strerror(why);
    return make_error<MsgId::REPLLOGOPN>(path, text, otherwise);
  }
  const MutexLock guard(mutex_);
  file_ = std::move(file).value();
  return {};
}

void ServerLog::write(std::string_view whole_lines) {
  const MutexLock guard(mutex_);
  if (!file_.is_open()) return;
  while (!whole_lines.empty()) {
    const ssize_t done = ::write(file_.fd(), whole_lines.data(), whole_lines.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return;
    whole_lines.remove_prefix(static_cast<std::size_t>(done));
  }
}

void ServerLog::line(std::string_view text) {
  if (shows(LogLevel::Info)) write(timed(text) + "\n");
}
void ServerLog::raw(std::string_view text) {
  if (shows(LogLevel::Info)) write(std::string(text) + "\n");
}
void ServerLog::detail(LogLevel level, std::string_view text) {
  if (shows(level)) write(fmt::format("{} : {}: {}\n", exact_log_time(), name_of(level), text));
}

void ServerLog::report(const Error& error) {
  if (shows(log_level_of(error.severity))) write(timed(error.lines()) + "\n");
  if (writer_) to_operator_log(*writer_, error);
}

void ServerLog::change_to(const std::string& path) {
  write(timed("Changing log file to " + path) + "\n");
  if (const Status opened = open_instead(path, this->path()); !opened.has_value()) return report(opened.error());
  write(timed("Change log to " + path + " successful") + "\n");
}

void ServerLog::change_level(LogLevel level) {
  write(timed(fmt::format("Changing log level from {} to {}", name_of(this->level()), name_of(level))) + "\n");
  show(level);
}

std::string ServerLog::path() const {
  const MutexLock guard(mutex_);
  return file_.path();
}

int ServerLog::fd() const {
  const MutexLock guard(mutex_);
  return file_.fd();
}

}  // namespace hw
