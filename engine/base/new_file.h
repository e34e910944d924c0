/// engine/base/new_file.h -- a file that an operator asked for and that must not be there yet: whole under its name, or
/// not there.
#pragma once

#include <string>

#include "engine/base/file.h"
#include "engine/base/file_rights.h"

namespace hw {

/// A file without a name until it is complete, so that nothing is left of it however its process ends. On a file system
/// that has no such files it is called `<path>-unfinished`, or `-unfinished.1` and so on where that is there, and one
/// that a signal ends leaves it.
class NewFile {
 public:
  /// Errors: SYSCALL; with errno EEXIST when there is a file of that name.
  static Result<NewFile> create(const std::string& path, const FileRights& model, Likeness likeness);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  const File& file() const { return file_; }
  const std::string& path() const { return path_; }  ///< it will have
  /// Gives it its name; for a name that outlasts a power loss, sync the file before and its folder afterwards.
  /// Errors: as create.
  Status give_name();

 private:
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::string temporary_;  ///< empty: it has no name
  File file_;
};

}  // namespace hw
