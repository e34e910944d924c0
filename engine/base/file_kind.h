/// engine/base/file_kind.h -- what a file is by its first bytes: one of ours, and which, or another program's.
///
/// Who writes over a file, adds to it or removes it asks here first. Labels belong to the formats (docs/formats/); this
/// is the one list of them. Names prove nothing: a database may be called anything, and a letter may be called
/// gtm.mjl_new.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace hw {

enum class FileKind : std::uint8_t {
  Database,         ///< live, image, or copy
  DatabaseLock,     ///< LMDB's
  Control,          ///< who has a database open
  BackupMarks,      ///< up to where a database was backed up
  Journal,          ///< of any generation
  Increment,        ///< an incremental backup
  Instance,         ///< an instance file, of both forms
  GlobalDirectory,  ///< text
  JournalExtract,   ///< text: extracts of journals, lost transactions
  Extract,          ///< of nodes, as text or binary
  GdeCommands,      ///< text
  Agent,            ///< what the agent of a node keeps: board, receipts, history, processes, notes of generations
  Empty,            ///< no bytes: no one's
  Zeros,            ///< at its beginning: of any kind, a power loss may leave them of a new file
  Other,            ///< another program's
};

/// Bytes that a file begins with. 8 KB, or all there are, tell every kind.
FileKind kind_of_bytes(Bytes begin);
/// Of a regular file that may be read; through a symbolic link. Errors: SYSCALL.
Result<FileKind> kind_of_file(const std::string& path);

/// For whoever makes a file anew by a rename: what has the name now must be a regular file, or nothing. A link, a
/// folder, a pipe, a socket or a device is not renamed over. Errors: SYSCALL with errno EEXIST and a note.
Status check_replaceable(const std::string& path);
/// As remove_file, of a file of ours. Errors: those of check_replaceable, which leaves it; SYSCALL.
Status remove_replaceable(const std::string& path);

/// Temporary names are fixed, so that whoever repairs finds what a dead process left: <file>-unfinished, <journal>_new,
/// <image>_new, <extract>_part. In a folder that others can write to, anything may be there.
///
/// Whether it is a regular file, not a link, that such a process could have left. False, too, when there is nothing.
bool is_left_over(const std::string& path);
/// Errors: SYSCALL with errno EEXIST and a note, when something else is there.
Status check_left_over(const std::string& path);
/// Errors: those of check_left_over, which leaves it as it is; SYSCALL.
Status remove_left_over(const std::string& path);

}  // namespace hw
