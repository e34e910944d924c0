/// journal/tail.h -- where the whole transactions of a journal file end, and whether what follows is a torn write.
///
/// A machine that stops leaves at the end of a journal what it had not yet synced: pages of it may have reached the
/// disk in any order, so a valid record past a hole proves nothing by itself. An Epoch record does: it says how far
/// the file had been synced when it was written ("later Epoch" means one that covers the place). Rows in order, the
/// first match wins:
///
///   case  at the end of the good records              later Epoch  closing block  decision
///   ----  ------------------------------------------  -----------  -------------  -----------------------------
///   @A    a good record, its body and its             any          any            accept, go on
///         prev_bytes too
///   @B    a record with a good checksum of an         any          any            JNLBADRECFMT: written by
///         unknown type, a body that breaks its                                    another release, or by a
///         layout, or Removed records with another                                 defect; never cut
///         transaction after them
///   @C    the closing block's end                     -            set            end of data, not torn
///   @D    anything else, before the closing           any          set            JNLBADRECFMT: damage after a
///         block's end                                                             clean close
///   @E    anything, zeros included                    yes          not set        JNLBADRECFMT: damage inside
///   @F    zeros or an EndOfFile record, and nothing   no           not set        end of data, not torn
///         but zeros after it
///   @G    anything else, or the file ends inside the  no           not set        torn write: end of data, torn
///         record
///
/// Removed records without their Transaction record are cut with it (@G; under a closing block @D): half a
/// transaction is none.
///
/// @G never drops an acknowledged record, because every acknowledgement follows a sync of the records before it:
/// what a finished sync covers is on disk. A writer that goes on at `end_offset` must first fill the rest of the file
/// with zeros and sync it when `torn`, or a later scan would meet the remains.
///
/// Source: ours, after the recovery tables of TigerBeetle's journal; the Epoch is GT.M's.
#pragma once

#include <cstdint>
#include <string>

#include "journal/reader.h"

namespace hw {

struct JournalTail {
  std::uint64_t end_offset = 0;         ///< bytes from the start of the file: end of the last whole transaction
  std::uint32_t last_record_bytes = 0;  ///< of the record that ends there, 0 when there is none
  Seqno next_seqno;                     ///< the region's next seqno there
  RegionTn last_tn;                     ///< of the last transaction, or the file's first_tn
  std::uint64_t last_time_us = 0;       ///< the latest time in the file, its creation included
  bool torn = false;                    ///< something follows end_offset that is not part of the journal
};

/// Scans the file from its first record and decides by the table above. Changes nothing.
///
/// Errors: JNLBADRECFMT with file, offset and reason when the file is damaged inside; those of JournalReader::open.
/// Blocks: reads the whole file; holes past the end are skipped. The file must not be written meanwhile.
Result<JournalTail> find_tail(const std::string& path);

}  // namespace hw
