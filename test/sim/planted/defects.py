"""The defects that test/sim/planted/run plants, each a change of the product that nothing but the simulator is told of.

A change is (file, text, replacement); the text must be there exactly once, so that a defect that does not fit the
sources any more is an error and not a run without a defect.
"""

DEFECTS = {
    # What a rollback with nothing to take out did to the checkpoint image of a former root: the live file's journal place.
    "image-claims-to-be-current": [
        ("mupip/journal/cmd_journal_rollback.cc",
         "    HW_TRY_VOID(store_closed_header(*region));\n",
         "    HW_TRY_VOID(store_closed_header(*region));\n"
         "    HW_TRY_VOID(write_image_header(region->path, header));\n"),
        ("mupip/journal/cmd_journal_rollback.cc",
         '#include "engine/journal_tools/lost_file.h"\n',
         '#include "engine/recovery/checkpoint.h"\n#include "engine/journal_tools/lost_file.h"\n'),
    ],
    # A durable commit is acknowledged without the journal being on disk.
    "sync-left-out": [
        ("engine/commit/group_commit.cc",
         "if (Status status = sync_data_at(SyncPoint::DurableCommit, handle.file); !status.has_value())",
         "if (Status status; !status.has_value())"),
    ],
    # A rollback says "decided" before the regions are undone.
    "header-too-early": [
        ("engine/recovery/rollback.cc",
         "    ahead[i]->header.rollback_seqno = targets[i];\n",
         "    ahead[i]->header.rollback_seqno = targets[i];\n"
         "    ahead[i]->header.rollback_decided = true;\n"),
    ],
    # An undo leaves the oldest transaction that was to be taken out.
    "undo-one-short": [
        ("engine/recovery/undo.cc",
         "    done = record.header.seqno < from;\n",
         "    done = record.header.seqno <= from;\n"),
    ],
    # The image's header is one transaction ahead of its data.
    "image-one-ahead": [
        ("engine/recovery/checkpoint.cc",
         "        HW_TRY_VOID(redo(transaction, body));\n        header_.reg_seqno",
         "        if (reader.offset() < facts_.synced_offset.load()) HW_TRY_VOID(redo(transaction, body));\n"
         "        header_.reg_seqno"),
    ],
    # Whoever finishes a dead process's commit does not put the instance's next seqno back.
    "pool-value-not-restored": [
        ("engine/commit/in_flight.cc",
         "    pool.next_seqno.store(in_flight.next_seqno);\n",
         ""),
    ],
}
