/// engine/base/file_rights.h -- owner, group and mode of files that belong to another one, and of shared memory.
///
/// As in GT.M: whatever belongs to a database is for the same users as the database file, whoever makes it and whatever
/// the umask is. docs/security.md has the table.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "engine/base/file.h"

namespace hw {

struct FileRights {
  uid_t user = 0;
  gid_t group = 0;
  mode_t mode = 0600;  ///< permission bits for reading and writing, no others
  std::string acl =
      {};  ///< access control list, in the kernel's form; empty: none. Then `mode` has the group's own bits

  bool operator==(const FileRights&) const = default;
};

/// What is made of the model's mode.
enum class Likeness {
  Same,    ///< as it is: journals, images
  Shared,  ///< who may read the model may also write: locks and marks, which readers leave, too
  Narrow,  ///< less what the umask takes away, and without its access control list: extracts, lost transactions
};

/// Whether opening a file for writing failed for want of the right to: its mode, a read-only mount, a file that may not
/// be changed (`chattr +i`). To read it may still be allowed.
bool may_not_write(const Error& error);

/// Of an existing file. Errors: SYSCALL.
Result<FileRights> rights_of(const std::string& path);
Result<FileRights> rights_of(const File& file);

/// Of several models at once: what all of them allow. One owner or group only when they have the same.
/// `models` is not empty (checked).
FileRights common_rights(std::span<const FileRights> models);

/// Gives an open file the model's owner, group, mode and access control list, as far as this process may: root gives
/// all; others their own files' group when they are members of it. Where that cannot be given the file gets an access
/// control list that names the model's owner and group; on a file system without such lists, and in outputs of one's
/// own (Narrow), they get no more than all others. What is right already is not touched, and a file of another owner is
/// left as it is. Errors: SYSCALL.
Status make_like(const File& file, const FileRights& model, Likeness likeness);

/// A new file for reading and writing, like `model` from the moment it has its name. Errors: SYSCALL; with errno EEXIST
/// when there is one.
Result<File> create_like(const std::string& path, const FileRights& model, Likeness likeness);

/// The file `path` for reading and writing, made when it is not there. Its owner and root put right what differs from
/// the model. Errors: SYSCALL. Thread, process: any number at once.
Result<File> open_or_create_like(const std::string& path, const FileRights& model, Likeness likeness);

/// A new, empty file under a temporary name, in place of what a dead process left (file_kind.h). Errors: SYSCALL.
Result<File> replace_like(const std::string& path, const FileRights& model, Likeness likeness);

}  // namespace hw
