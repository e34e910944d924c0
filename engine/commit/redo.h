/// engine/commit/redo.h -- doing again what a journal, a frame or a commit under way says.
#pragma once

#include "engine/storage/lmdb.h"
#include "journal/record.h"

namespace hw {

/// Applies one update, or all of a transaction record, to an open LMDB transaction. What it replaces is not asked for.
/// Doing it twice is harmless. Errors: DBFILERR, GBLOFLOW.
Status redo(WriteTransaction& transaction, const UpdateView& update);
Status redo(WriteTransaction& transaction, const TransactionBody& body);

}  // namespace hw
