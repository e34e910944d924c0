/// dse/grammars.h -- GT.M V7's dse commands, one Grammar a command.
///
/// Names and abbreviations are those of GT.M V7.0-005; commands and fields of its block store that mean nothing on
/// LMDB stay in the tables with the reason why they are refused, so that an abbreviation means here what it means
/// there. `-key` of dump is ours.
#pragma once

#include "engine/cli/qualifier.h"

namespace hw::dse {

extern const Grammar kAll, kBufferFlush, kCache, kChange, kDump, kEvaluate, kExit, kFind, kHelp, kPage, kQuit, kVersion;
/// GT.M's other commands.
std::span<const Grammar> refused_commands();

}  // namespace hw::dse
