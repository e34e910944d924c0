/// engine/commit/journal_note.h -- records that no transaction made: who writes to a journal, and how far it is on
/// disk.
///
/// A note goes through the in-flight entry as a commit does, with no seqno of its own, so a process that dies while it
/// writes one leaves nothing half done. Source: docs/formats/journal.md.
#pragma once

#include "engine/base/result.h"
#include "journal/record.h"

namespace hw {

class Domain;
class OpenRegion;

/// The ProcessBegin record of this process; the first commit to a journal file puts it ahead of its own records.
/// The view is valid until `builder` is used again.
std::string_view process_begin_record(RecordBuilder& builder, Seqno next_seqno, RegionTn last_tn, std::uint64_t time_us,
                                      std::uint32_t prev_bytes);

/// Writes this process's ProcessEnd record, if the region's current journal file has a ProcessBegin of it. Takes the
/// commit lock. Errors: JNLFILOPN with the system's reason; HWPOOLDAMAGED.
Status note_process_end(Domain& domain, OpenRegion& region);

/// Writes an Epoch record to the journal of each of the domain's regions that has grown since its last one and is
/// synced further than that one says. Takes the commit lock. Errors: as note_process_end.
Status note_epochs(Domain& domain);

}  // namespace hw
