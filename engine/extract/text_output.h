/// engine/extract/text_output.h -- a file of lines that an operator asked for: whole under its name, or not there.
///
/// It is made with the first line; an extract of that name that is there already is renamed with the time, as GT.M
/// does. It has no name until it is finished and synced (engine/base/new_file.h). Where the name leads to is asked
/// once, when the object is made; a stream is written to as it is (engine/base/output_path.h). Anything else that is
/// there is refused: it belongs to something else. Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "engine/base/new_file.h"
#include "engine/base/output_path.h"

namespace hw {

/// What became of it, for the operator.
struct TextOutcome {
  std::string path;        ///< after symbolic links
  bool created = false;    ///< false: there was nothing to write
  std::string renamed_to;  ///< where a file of that name that was there already went; empty: there was none
};

/// Whether the file is a journal extract of any kind, or empty: what may be renamed to make room for another one.
bool is_extract_file(const std::string& path);

class TextOutput {
 public:
  /// `kind` is what messages call it: `Journal extract`. `heading` is its first line, without a newline.
  /// Its owner, group and mode come from `model`, less what the umask takes away.
  TextOutput(std::string kind, const std::string& path, std::string heading, const FileRights& model);
  /// To a stream in place of a file.
  TextOutput(std::ostream& stream, std::string heading);
  TextOutput(TextOutput&&) noexcept = default;

  /// Where the next lines go; call `wrote` after them.
  std::string& buffer() { return buffer_; }
  /// Errors: FILENOTCREATE with the system's reason; FORCEDHALT. Blocks: a disk write now and then, or the reader of a
  /// stream.
  Status wrote();
  enum class Former { Renamed, Replaced };
  /// On disk under its name on return, if there was anything. `former`: what becomes of a file of that name. Errors:
  /// FILENOTCREATE.
  Result<TextOutcome> finish(Former former = Former::Renamed);

 private:
  Status start();
  Status write_direct();
  Status flush();
  Status settle(Former former, TextOutcome& outcome);
  Error refuse(Error why) const;
  /// Of the instant between the two steps that put it in place of a former file.
  std::string temporary() const { return path_ + "_part"; }

  std::ostream* stream_ = nullptr;
  OutputPath to_;
  std::string kind_, path_, heading_, buffer_;
  FileRights model_;
  std::optional<NewFile> made_;
  std::uint64_t at_ = 0;
  File direct_;  ///< a stream
};

}  // namespace hw
