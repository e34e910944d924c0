/// journal/generations.h -- the journal files of one region, newest first.
///
/// Each journal file names the one before it. The chain ends where a file names none (the first one, or a link cut by
/// mupip set or by a recovery) or names one that is not there (the operator moved it away).
#pragma once

#include <string>
#include <vector>

#include "journal/reader.h"

namespace hw {

struct JournalGeneration {
  std::string path;
  JournalFileInfo info;
};

enum class ChainEnd { NoLink, MissingFile };

/// In place of a plain list of paths, because callers must be able to say why the chain ends where it does.
struct GenerationChain {
  std::vector<JournalGeneration> files;  ///< newest first, at least one
  ChainEnd end = ChainEnd::NoLink;
  std::string missing_path;  ///< the file that is not there, when `end` is MissingFile
};

/// Follows the links from the region's current journal file.
///
/// Errors: JNLFILEOPNERR when the current file cannot be opened, or an older one for another reason than that it is
/// missing; JNLBADLABEL when a file is no journal file, belongs to another database than the current one, or is not the
/// generation before its successor.
/// Blocks: one small read a file. The region may switch its journal meanwhile.
Result<GenerationChain> generation_chain(const std::string& current_path);

/// The path of the region's current journal file, when it was `path` once: files that were closed because the journal
/// was moved name the next one. A file that cannot be read, or is not the next generation of the same database, is
/// left to whoever opens it. Blocks: one small read a file.
std::string newest_journal_path(const std::string& path);

/// Opens the region's current journal file, also in the instant of a switch in which it has no name of its own.
/// Errors: those of JournalReader::open.
Result<JournalReader> open_current_journal(const std::string& current_path);

}  // namespace hw
