/// engine/commit/redo.h -- doing again what a journal record says.
#pragma once

#include "engine/storage/lmdb.h"
#include "journal/record.h"

namespace hw {

/// Applies one transaction record to an open LMDB transaction. Doing it twice is harmless. Errors: DBFILERR, GBLOFLOW.
Status redo(WriteTransaction& transaction, const TransactionBody& body);

}  // namespace hw
