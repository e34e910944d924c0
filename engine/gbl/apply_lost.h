/// engine/gbl/apply_lost.h -- putting back what a former root primary lost in a switch-over.
///
/// Reads a lost-transaction file of a PRIMARY, transaction by transaction. One whose nodes have not been changed here
/// since the sites parted is applied, whole, unless it builds on one that is not; the others go, whole and with the
/// reason in front, to a conflict file for a person. Lines that begin with `;` are comments, so that a conflict file
/// can be edited and given again.
///
/// What was changed here is asked under the commit lock, and the transaction is committed under it: nobody comes in
/// between. The journal tells what an earlier run has applied, here or at an instance that was followed
/// (engine/gbl/lost_identity.h): it does not count as changed, and is not applied again. So a run that dies at any
/// instant is made good by giving the file again; the conflict file is written at its end, and is of the whole file.
///
/// "Since" is the mark that each takeover and each rollback leaves in the databases, or the first seqno in the file
/// where that is lower. Source: docs/conformance.md 7.*.
#pragma once

#include <cstdint>
#include <string>

#include "engine/session/session.h"

namespace hw::gbl {

struct AppliedLost {
  std::uint64_t applied = 0;         ///< now or before
  std::uint64_t applied_before = 0;  ///< of these: by an earlier run
  std::uint64_t conflicts = 0;
  std::string instance;  ///< that lost them: what -needrestart and the operator call it
};

/// `conflict_path` is made only when there is a conflict; one that is there already is renamed with the time. On
/// success all that was applied is on disk (Session::sync), and so is the conflict file.
/// Errors: HWLOSTFILE naming the line that is not what it should be (nothing from there on is applied); FILEOPENFAIL;
/// HWREFUSED where nothing is marked; those of ChangedNodes and Session.
Result<AppliedLost> apply_lost(Session& session, const std::string& path, const std::string& conflict_path);

}  // namespace hw::gbl
