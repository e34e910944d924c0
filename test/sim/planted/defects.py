"""The defects that test/sim/planted/run plants, each a change of the product that nothing but the simulator is told of.

A change is (file, text, replacement); the text must be there exactly once, so that a defect that does not fit the
sources any more is an error and not a run without a defect.
"""

DEFECTS = {
    # What a rollback with nothing to take out did to the checkpoint image of a former root: the live file's journal place.
    "image-claims-to-be-current": [
        ("replic/instance/lost_transactions.cc",
         "    if (!set_divergence(*region, from)) continue;\n    HW_TRY_VOID(store_closed_header(*region));\n",
         "    if (!set_divergence(*region, from)) continue;\n    HW_TRY_VOID(store_closed_header(*region));\n"
         "    HW_TRY(Environment image, Environment::open(image_path(region->path), Environment::Mode::Image));\n"
         "    WriteTransaction transaction;\n"
         "    bool needs_adoption = false;\n"
         "    HW_TRY_VOID(transaction.begin(image, needs_adoption));\n"
         "    HW_TRY_VOID(transaction.put(kHeaderKey, encode_region_header(region->header)));\n"
         "    HW_TRY_VOID(transaction.commit());\n"),
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
         "    taken_back[i]->header.rollback_seqno = targets[i];\n",
         "    taken_back[i]->header.rollback_seqno = targets[i];\n"
         "    taken_back[i]->header.rollback_decided = true;\n"),
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
         "        batch.add(body);\n        header_.reg_seqno",
         "        if (reader.offset() < facts_.synced_offset.load()) batch.add(body);\n"
         "        header_.reg_seqno"),
    ],
    # Whoever finishes a dead process's commit does not put the instance's next seqno back.
    "pool-value-not-restored": [
        ("engine/commit/in_flight.cc",
         "    pool.next_seqno.store(in_flight.next_seqno);\n",
         ""),
    ],
}
