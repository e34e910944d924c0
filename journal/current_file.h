/// journal/current_file.h -- whether a file is the one that a region's processes journal to, and where its name leads.
///
/// A journal in use is known by its file (device and inode), which the region's place in the pool has. Its name is
/// anybody's: a copy is moved over it (cp and mv, rsync, sed -i), another one is restored, and in another mount name
/// space it leads to another site's file. So whoever opens the journal of a region that is in use by its name compares
/// what it has got before it reads or writes, and whoever has it open looks now and then where its name leads.
///
/// Only stat(2) is compared with stat(2): some file systems show /proc another inode. Where the name and the descriptor
/// of a file that has just been opened differ, the identity is not known and nothing is compared but the header.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "journal/file_header.h"
#include "journal/pool.h"

namespace hw {

/// What a pool says of a region's current journal file.
struct CurrentJournal {
  std::string path;
  std::string database;
  DatabaseId database_id{};
  std::uint64_t generation = 0;
  FileIdentity file;  ///< inode 0: not known

  /// Commit lock held, or the generation examined again afterwards.
  static CurrentJournal of(const PoolRegion& region);
};

/// The identity for a pool of a file that has just been opened by the name it has now. Errors: SYSCALL; with errno
/// ESTALE when the name has been given to another file meanwhile.
Result<FileIdentity> identity_for_pool(const File& file);

/// `found` is that file, by identity, database id and generation. Errors: HWJNLREPLACED, which says what both are;
/// SYSCALL.
Status require_current(const File& found, const JournalFileHeader& header, const CurrentJournal& current);
/// The same, of a file whose header is still to be read. Errors: also HWJNLREPLACED for what is no journal file.
Status require_current(const File& found, const CurrentJournal& current);

enum class NameLeads {
  Here,
  Nowhere,    ///< no file has it now, and the journal has another one: it was moved, and can be moved back
  Elsewhere,  ///< another file has it; or none has, and the journal has no name any more
};
/// Where `path` leads for who has the journal open as `journal`, whose identity is `known`. Here also where that cannot
/// be found out.
NameLeads where_name_leads(const std::string& path, const File& journal, const FileIdentity& known);

/// HWJNLREPLACED of the file that has the name now.
Error replaced_error(const CurrentJournal& current);

}  // namespace hw
