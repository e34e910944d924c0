/// engine/extract/load_header.h -- of which format a load file is, as far as its header or its first record tells.
///
/// Two free lines come first. Files of `mupip extract` name the format in the second; those of %GO and of other M
/// systems hold any text there, so that the record that follows has to tell.
/// Source: observed on GT.M V7.0-005.
#pragma once

#include <optional>
#include <string_view>

#include "engine/extract/extract_format.h"
#include "engine/globals/charset.h"

namespace hw {

/// ZWR or GLO anywhere in the second header line, in any letter case, ZWR first; a date `DD-MON-YYYY HH:MM:SS`, with
/// one blank or two between, means GO. None: the line does not tell. Pure.
std::optional<ExtractFormat> format_by_header(std::string_view second_line);

/// A node with `=` and a value is ZWR, a node alone is GO, whether its subscripts can be read or not. None: neither.
/// Pure.
std::optional<ExtractFormat> format_by_record(std::string_view record, Charset charset);

/// UTF-8 when that is anywhere in the first header line, in any letter case. Pure.
Charset charset_by_label(std::string_view first_line);

}  // namespace hw
