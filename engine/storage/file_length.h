/// engine/storage/file_length.h -- whether an LMDB file is as long as its meta page says, before LMDB maps it.
///
/// LMDB believes the meta page: it makes a live file that was cut as long again, with zeros in place of the nodes, and
/// reads pages of an image that are not there.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace hw {

enum class FileUse { Live, Image };

/// Errors: HWDBDAMAGED when pages in use lie past the end of the file; DBOPNERR. A file without a readable meta page
/// is not judged: LMDB refuses it. Blocks: reads two pages; an image whose last pages were never written, which are
/// free then, is walked once and made as long as its meta page says. Process: an image's user is its only one.
Status check_length(const std::string& path, FileUse use);

}  // namespace hw
