/// engine/gbl/apply_lost.h -- putting back what a former root primary lost in a switch-over.
///
/// Reads a lost-transaction file of a PRIMARY, transaction by transaction. One whose nodes nobody has changed here
/// since the sites parted is applied, whole, unless it builds on one that is not; the others go, whole and with the
/// reason in front, to a conflict file for a person. Lines that begin with `;` are comments, so that a conflict file
/// can be edited and given again. Source: docs/conformance.md 7.*.
#pragma once

#include <cstdint>
#include <string>

#include "engine/session/session.h"

namespace hw::gbl {

struct AppliedLost {
  std::uint64_t applied = 0;
  std::uint64_t conflicts = 0;
  std::string instance;  ///< that lost them: what -needrestart and the operator call it
};

/// `conflict_path` is made only when there is a conflict; one that is there already is renamed with the time.
/// Errors: HWLOSTFILE naming the line that is not what it should be (nothing from there on is applied); FILEOPENFAIL;
/// those of Session. Applying the same file again changes nothing: its own changes count as made here.
Result<AppliedLost> apply_lost(Session& session, const std::string& path, const std::string& conflict_path);

}  // namespace hw::gbl
