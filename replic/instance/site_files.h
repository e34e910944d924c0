/// replic/instance/site_files.h -- whose files they are: before an output takes the place of one, or a name that
/// belongs to one.
///
/// A site's files are its global directory, its instance file, its databases, and what is beside a database under a
/// name made of the database's. Those of another site are told by what is in them, and by who has them open.
#pragma once

#include <string>
#include <vector>

#include "engine/base/file_kind.h"
#include "engine/globals/global_directory.h"
#include "engine/region/control_file.h"

namespace hw {

/// The database that a file of this name belongs to: gtm.dat for gtm.dat-ckpt, whether that is there or not. Empty:
/// none, for there is no such database.
std::string database_beside(const std::string& path);

class SiteFiles {
 public:
  /// `directory` may be null and `instance_file` empty: there is none.
  SiteFiles(const GlobalDirectory* directory, const std::string& instance_file);
  /// Errors: MUSELFBKUP, with a note, when the name is one of the site's files, or of a file beside any database. A
  /// file that is there is known by any of its names.
  Status check_is_none(const std::string& path) const;

 private:
  std::vector<std::string> files_;
};

/// A file in whose place a backup of `kind` may be put: one of that kind which no process uses, or an empty one. No
/// process can open the database while this lives. Its name is that of the file itself: output_path gives it.
class Replaceable {
 public:
  /// Errors: FILEEXISTS, with a note that says why it may not be; REPLINSTACC; those of ControlFile::open. Blocks:
  /// while a process opens or closes the database.
  static Result<Replaceable> take(const std::string& path, FileKind kind);

 private:
  ControlFile control_;
};

}  // namespace hw
