/// engine/session/database.h -- a global directory's databases, opened by one process.
///
/// Reading needs only the database files. Updating also needs the commit domain's shared memory: the journal pool of
/// the replication instance when a region replicates (the first source server makes it), else one that the first
/// updating process makes and the last one removes. Both are opened on first use.
///
/// Thread: a Database is shared by all threads of a process; each uses a Session of its own.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/base/types.h"
#include "engine/globals/global_directory.h"
#include "engine/session/open_sessions.h"
#include "engine/session/session.h"
#include "journal/pool.h"

namespace hw {

class Domain;
class OpenRegion;

struct DatabaseOptions {
  std::string global_directory;  ///< empty: environment variable gtmgbldir
  std::string instance_file;     ///< empty: environment variable gtm_repl_instance
  /// Start the thread that syncs journals every second and writes checkpoint images.
  bool background = true;
};

class Database {
 public:
  /// Errors: ZGBLDIRACC, GDINVALID. Opens no database file yet.
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options = {});
  ~Database();  ///< As close(); a failure there is only lost to the caller, the next opener recovers.
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Leaves all databases; the last process of a domain closes them cleanly. No thread is in a call of a Session
  /// meanwhile; from then on their calls give DBOPNERR. Errors: the first failure, DBFILERR, SYSCALL and kin; the rest
  /// is closed all the same, and the next opener recovers what is not.
  Status close();
  const std::shared_ptr<OpenSessions>& sessions() const { return sessions_; }

  const GlobalDirectory& directory() const { return directory_; }
  const std::string& instance_file() const { return instance_file_; }

  /// The region at an index of directory().regions(), opened for reading.
  /// Errors: DBOPNERR, DBNOTGDS, HWDBNOTCLEAN; recovers what a dead process or a power loss left, when journaled.
  Result<OpenRegion*> region(std::size_t index);
  /// The commit domain with every region of the directory that exists, opened for updating.
  /// Errors: REPLINSTUNDEF, REPLINSTACC, NOJNLPOOL when a region replicates and the instance is not up; HWDBBUSY.
  Result<Domain*> domain();
  /// As domain(), but makes the journal pool when there is none: the first source server of an instance.
  Result<Domain*> create_domain(const JournalPool::Setup& setup);
  /// A region opened for updating, also when its file was made after domain() was called. Errors: those of domain;
  /// DBOPNERR, DBNOTGDS; HWDBBUSY when other processes use it through another pool.
  Result<OpenRegion*> writable_region(std::size_t index);

 private:
  Database(GlobalDirectory directory, const DatabaseOptions& options);
  Status attach_all(const JournalPool::Setup* create);

  GlobalDirectory directory_;
  std::string instance_file_;
  DatabaseOptions options_;
  std::shared_ptr<OpenSessions> sessions_ = std::make_shared<OpenSessions>();
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hw
