#include "engine/extract/text_output.h"

#include <sys/stat.h>

#include <cerrno>

#include "engine/base/file_kind.h"
#include "engine/base/sync_point.h"

namespace hw {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

Error not_an_extract(const std::string& path) {
  return system_error("open()", path, EEXIST)
      .note("The file that is there is no journal extract, and is left as it is");
}

}  // namespace

bool is_extract_file(const std::string& path) {
  const auto kind = kind_of_file(path);
  return kind.has_value() && (*kind == FileKind::JournalExtract || *kind == FileKind::Empty);
}

TextOutput::TextOutput(std::string kind, const std::string& path, std::string heading, const FileRights& model)
    : to_(output_path(path)), kind_(std::move(kind)), path_(to_.path), heading_(std::move(heading)), model_(model) {}

TextOutput::TextOutput(std::ostream& stream, std::string heading) : stream_(&stream), heading_(std::move(heading)) {
  kind_ = "Journal extract";
  path_ = "-stdout";
}

Error TextOutput::refuse(Error why) const {
  return rename_error<MsgId::FILENOTCREATE>(std::move(why), kind_, path_).as(Severity::Error);
}

Status TextOutput::start() {
  if (to_.stream) {
    auto target = to_.open_stream();
    if (!target.has_value()) return refuse(std::move(target).error());
    direct_ = std::move(target).value();
    return {};
  }
  if (Status is_file = to_.check_is_file(); !is_file.has_value()) return refuse(std::move(is_file).error());
  struct stat info {};
  if (::stat(path_.c_str(), &info) == 0 && !is_extract_file(path_)) return refuse(not_an_extract(path_));
  if (Status free = remove_left_over(temporary()); !free.has_value()) return refuse(std::move(free).error());
  auto file = NewFile::create(temporary(), model_, Likeness::Narrow);
  if (!file.has_value()) return refuse(std::move(file).error());
  made_.emplace(std::move(*file));
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
  Status written = write_stream(direct_, buffer_);
  if (written.has_value() || written.error().id == MsgId::FORCEDHALT) return written;
  return refuse(std::move(written).error());
}

Status TextOutput::flush() {
  if (stream_ != nullptr) {
    if (!(*stream_ << buffer_ << std::flush)) return make_error<MsgId::EXTRIOERR>(path_).with_errno(errno);
  } else if (direct_.is_open()) {
    HW_TRY_VOID(write_direct());
  } else if (Status status = made_->file().write_all(at_, as_bytes(buffer_)); !status.has_value()) {
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
  if (stream_ != nullptr || direct_.is_open()) return outcome;
  if (Status status = settle(former, outcome); !status.has_value()) return refuse(std::move(status).error());
  return outcome;
}

Status TextOutput::settle(Former former, TextOutcome& outcome) {
  HW_TRY_VOID(sync_at(SyncPoint::TextContent, made_->file()));
  HW_TRY_VOID(made_->give_name());
  const auto put_in_place = [&]() -> Status {
    if (former == Former::Renamed && file_exists(path_)) {
      outcome.renamed_to = stamped_name(path_);
      HW_TRY_VOID(rename_file(path_, outcome.renamed_to));
    }
    return rename_file(temporary(), path_);
  };
  if (Status status = put_in_place(); !status.has_value()) {
    (void)remove_file(temporary());  // The first failure is the one to report.
    return status;
  }
  return sync_folder_at(SyncPoint::TextName, path_);
}

}  // namespace hw
