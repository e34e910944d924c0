/// test/support/scratch_database.h -- a throw-away database for tests: a folder, a global directory, files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/globals/key.h"
#include "engine/region/open_region.h"
#include "engine/session/database.h"

namespace hw::test {

/// Makes a folder with a global directory and its database files; removes everything at the end.
class ScratchDatabase {
 public:
  /// `regions`: names besides DEFAULT; region R of them holds the globals that start with its lower-case name.
  explicit ScratchDatabase(const std::vector<std::string>& regions = {});
  ~ScratchDatabase();
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;

  const std::string& folder() const { return folder_; }
  std::string directory_path() const { return folder_ + "/test.gld"; }
  std::string database_path(const std::string& region) const;
  /// Turns journaling, or journaling and replication, on in every region, as mupip set does.
  void enable_journaling(bool replicate = false, std::uint64_t autoswitch_bytes = 64 << 20) const;
  /// The journal file that a region uses now.
  std::string journal_path(const std::string& region) const;
  /// Opens it; a failure ends the test program.
  std::unique_ptr<Database> open(bool background = false) const;

 private:
  std::string folder_;
};

/// Encoded key of a global and its subscripts; for text that is known to be valid.
std::string key(const std::string& global, const std::vector<std::string>& subscripts = {});

}  // namespace hw::test
