/// engine/extract/extract_format.h -- the formats that extract writes and load reads; here the two that are text.
///
///   file   = label [ " UTF-8" ] newline date newline { record }       UTF-8: of a process in that mode
///   date   = DD-MON-YYYY two blanks HH:MM:SS [ " ZWR" | " GLO" ]      nothing after it, or GLO: GO format
///   record = ZWR: one line (engine/globals/zwr.h)
///          | GO:  a line with the node, a line with the value as it is; a value with a newline breaks the format
///
/// Lines are counted from 1: the first record is line 3. In GO format each record takes two numbers.
/// Source: observed on GT.M V7.0-005.
#pragma once

#include <cstdint>

namespace hw {

/// Binary: engine/extract/binary_extract.h.
enum class ExtractFormat : std::uint8_t { Zwr, Go, Binary };

/// Line number of the first record.
inline constexpr std::uint64_t kFirstRecord = 3;

}  // namespace hw
