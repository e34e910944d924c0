/// mupip/grammars.h -- GT.M V7's command tables, one Grammar a command or sub-command.
///
/// Names, abbreviations, values, negation and rules are those observed on GT.M V7.0-005; a qualifier that makes
/// no sense on LMDB stays in its table, so that scripts keep running, and its command says so.
#pragma once

#include "engine/cli/qualifier.h"

namespace hw::mupip {

// mupip/grammars_general.cc
extern const Grammar kExit, kHelp, kQuit, kVersion;
/// GT.M's other commands: names that keep its abbreviations what they are; most say why they are refused.
std::span<const Grammar> reserved_commands();
// mupip/database/grammars_database.cc
extern const Grammar kBackup, kCreate, kExtract, kFreeze, kInteg, kLoad, kRestore, kRundown, kSet;
// mupip/database/grammars_utility.cc
extern const Grammar kExtend, kFtok, kReorg, kSize, kStop;
// mupip/journal/grammars_journal.cc
extern const Grammar kJournal;
// mupip/replicate/grammars_replicate.cc: kReplicate leads to all the others
extern const Grammar kReplicate, kReplicateEditInstance, kReplicateInstanceCreate, kReplicateReceiver,
    kReplicateRefresh, kReplicateRefreshSend, kReplicateSource, kReplicateSourceFreeze, kReplicateSourceJnlpool,
    kReplicateSourceStatus, kReplicateUpdateProcess;

}  // namespace hw::mupip
