/// engine/extract/load.h -- `mupip load`: nodes from a ZWR, GO or binary extract, or a journal extract, into the
/// database.
///
/// A journal extract (GDSJEX07 or GDSJEX03, not a detailed one) is applied transaction by transaction, in its order;
/// one that fails ends the load, because what comes after it was made on top of it. It may be of either mode
/// (engine/globals/charset.h) whatever the process's is, as may a binary one; a ZWR or GO file of the other mode is
/// refused, because GT.M refuses it.
///
/// In the two other formats each record is an update of its own, as one `set` would make it. A record that cannot be
/// read or stored is reported with its number and counted, and the rest is loaded, unless the options say to stop. A
/// failure that every other record would meet too (a full disk, a database that cannot be opened) ends the load. When
/// `load` returns, what it counted is on disk. Source: observed on GT.M V7.0-005. Unlike GT.M, a bad value counts as a
/// failed record, and so does a node at the end of a GO file whose value line is missing.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>

#include "engine/base/result.h"
#include "engine/extract/extract_format.h"
#include "engine/globals/charset.h"
#include "engine/session/session.h"

namespace hw {

enum class OnError : std::uint8_t { Proceed, Stop, Ask };

struct LoadOptions {
  std::optional<ExtractFormat> format;  ///< none: what the file says, engine/extract/load_header.h
  std::optional<std::uint64_t> begin;   ///< record number to start at
  std::optional<std::uint64_t> end;     ///< last record number
  OnError on_error = OnError::Proceed;
  Charset charset = process_charset();  ///< how $C() is read, and what the file's label must say
  bool ignore_charset = false;          ///< whatever the label says
  std::function<bool()> end_requested;  ///< asked before each record; true: stop there, and say how far it came
  std::function<bool()> ask;            ///< OnError::Ask: true to go on
  std::ostream* progress = nullptr;     ///< a terminal, or null
  std::uint64_t input_bytes = 0;        ///< for the progress bar; 0: unknown
};

struct LoadResult {
  std::uint64_t keys = 0;         ///< nodes stored
  std::uint64_t failed = 0;       ///< records that were not
  std::uint64_t last_record = 0;  ///< number of the last record read
  std::size_t key_bytes_max = 0;  ///< as GT.M counts them: one more than engine/globals/key.h's
  std::size_t value_bytes_max = 0;
  int status = 0;  ///< exit status: 0, or that of the last failed record's message
};

/// Loads `in`; header lines, messages and totals go to `messages` in GT.M's form.
///
/// Errors: LDBINFMT for a journal extract with begin, end or format; LOADBGSZ, LOADEDSZ, LOADEDBG for begin and end;
/// LDBINFMT for an unknown header, or one of the other format; EXTRFMT (and LDBINFMT) without records; MUNOFINISH
/// after LOADEOF before `begin`, or LOADINVCHSET for a file of the other mode; LOADABORT after a failure that no
/// record can pass; JNLFILOPN from the sync at the end; FORCEDHALT after the totals when the end was requested;
/// HWEXTRBIN for a binary extract that is not whole, whose first nodes are loaded. Blocks: reads all of `in`, commits,
/// syncs. Thread: as `session`, which must be outside a transaction.
Result<LoadResult> load(Session& session, std::istream& in, const LoadOptions& options, std::ostream& messages);

}  // namespace hw
