#include "engine/extract/text_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/file_kind.h"
#include "engine/base/sync_point.h"

namespace hw {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

Error not_an_extract(const std::string& path) {
  errno = EEXIST;
  Error error = system_error("open()", path);
  return error.note("The file that is there is no journal extract, and is left as it is");
}

}  // namespace

bool is_extract_file(const std::string& path) {
  const auto kind = kind_of_file(path);
  return kind.has_value() && (*kind == FileKind::JournalExtract || *kind == FileKind::Empty);
}

TextOutput::TextOutput(std::string kind, std::string path, std::string heading, const FileRights& model)
    : kind_(std::move(kind)), path_(std::move(path)), heading_(std::move(heading)), model_(model) {}

TextOutput::TextOutput(std::ostream& stream, std::string heading) : stream_(&stream), heading_(std::move(heading)) {
  kind_ = "Journal extract";
  path_ = "-stdout";
}

TextOutput::~TextOutput() {
  if (!file_.is_open() || direct_) return;
  (void)remove_file(temporary());  // Given up: the failure before it is the one to report.
}

Error TextOutput::refuse(Error why) const {
  return rename_error<MsgId::FILENOTCREATE>(std::move(why), kind_, path_).as(Severity::Error);
}

Status TextOutput::start() {
  struct stat info {};
  const bool there = ::stat(path_.c_str(), &info) == 0;
  if (there && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode))) {
    // As a log is opened: without waiting for a process that reads a pipe. Writing waits for the reader.
    auto target = File::open(path_, O_WRONLY | O_APPEND);
    if (!target.has_value()) return refuse(std::move(target).error());
    file_ = std::move(target).value();
    direct_ = true;
    if (::fcntl(file_.fd(), F_SETFL, O_APPEND) != 0) return refuse(system_error("fcntl()", path_));
    return {};
  }
  if (there && !is_extract_file(path_)) return refuse(not_an_extract(path_));
  auto file = replace_like(temporary(), model_, Likeness::Narrow);
  if (!file.has_value()) return refuse(std::move(file).error());
  file_ = std::move(file).value();
  return {};
}

Status TextOutput::wrote() {
  if (!heading_.empty() && !buffer_.empty()) {
    if (stream_ == nullptr) HW_TRY_VOID(start());
    buffer_.insert(0, heading_ + '\n');
    heading_.clear();
  }
  return buffer_.size() < kPieceBytes ? Status() : flush();
}

Status TextOutput::write_direct() {
  for (std::string_view left = buffer_; !left.empty();) {
    const ssize_t put = ::write(file_.fd(), left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return refuse(system_error("write()", path_));
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status TextOutput::flush() {
  if (stream_ != nullptr) {
    if (!(*stream_ << buffer_ << std::flush)) return make_error<MsgId::EXTRIOERR>(path_).with_errno(errno);
  } else if (direct_) {
    HW_TRY_VOID(write_direct());
  } else if (Status status = file_.write_all(at_, as_bytes(buffer_)); !status.has_value()) {
    return refuse(std::move(status).error());
  }
  at_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<TextOutcome> TextOutput::finish(Former former) {
  TextOutcome outcome{path_, false, ""};
  HW_TRY_VOID(wrote());
  if (!heading_.empty()) return outcome;
  HW_TRY_VOID(flush());
  outcome.created = true;
  if (stream_ != nullptr || direct_) return outcome;
  const auto settle = [&]() -> Status {
    HW_TRY_VOID(sync_at(SyncPoint::TextContent, file_));
    if (former == Former::Renamed && file_exists(path_)) {
      outcome.renamed_to = stamped_name(path_);
      HW_TRY_VOID(rename_file(path_, outcome.renamed_to));
    }
    HW_TRY_VOID(rename_file(temporary(), path_));
    return sync_folder_at(SyncPoint::TextName, path_);
  };
  if (Status status = settle(); !status.has_value()) return refuse(std::move(status).error());
  if (Status status = file_.close(); !status.has_value()) return refuse(std::move(status).error());
  return outcome;
}

}  // namespace hw
