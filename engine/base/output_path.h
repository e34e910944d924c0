/// engine/base/output_path.h -- where an output goes that an operator has named.
///
/// Symbolic links are followed once, before anything is asked about the name: what is examined, written, renamed or
/// replaced afterwards is one thing, and a link stays. A link to nothing leads to the file that will be made.
///
/// Names under /dev and /proc are not files' own: /dev/stdout leads to whatever this process was given. What they lead
/// to is written to as a stream, or refused; it is never renamed or replaced. /dev/shm is a folder like any other.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/file.h"

namespace hw {

struct OutputPath {
  std::string path;     ///< after the links; as it was given when it is none, and for a stream
  bool stream = false;  ///< a pipe, a character device, or a name under /dev or /proc
  int descriptor = -1;  ///< of this process, which a stream's name leads to; negative: none

  /// For commands that make a file. Errors: SYSCALL with a note; with errno EEXIST when it is a stream, ELOOP when it
  /// is a link that is not followed.
  Status check_is_file() const;
  /// To write to a stream. Does not wait for a process that reads a pipe. Errors: SYSCALL; with errno EBADF for a
  /// descriptor that this process was not started with, EEXIST for a regular file that others have under such a name.
  Result<File> open_stream() const;
};

/// Links in a circle, and in /tmp and its like those of other users, are not followed. A folder that is not there is
/// left for the opening to tell.
OutputPath output_path(const std::string& given);

/// Blocks: until its reader has taken all. Errors: SYSCALL; FORCEDHALT.
Status write_stream(const File& stream, std::string_view text);

}  // namespace hw
