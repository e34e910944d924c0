/// engine/extract/extract_line.h -- transactions as lines of text: journal extracts, lost transactions, filters.
///
/// One line a record, fields separated by `\`; the first is the record's code. Layout GDSJEX07 (GT.M V7):
///
///   00 null   time\tn\pid\client\seqno\stream\stream seqno\salvaged
///   01 begin  time\tn\pid\node\user\terminal\client\its node\its user\its terminal    a process began to write
///   02 end    time\tn\pid\client                                                       a process closed the database
///   03 eof    time\tn\pid\client\seqno
///   04 kill   time\tn\pid\client\seqno\stream\stream seqno\update\flags\node
///   05 set    as kill, node=value
///   08 tstart time\tn\pid\client\seqno\stream\stream seqno
///   09 tcom   as tstart, \regions\transaction id
///   10 zkill  as kill
///
/// GDSJEX03, which the environment variable gtm_extract_format=03 asks for, lacks stream, stream seqno, update and
/// flags. In a detailed extract (GDSJDX08) the code's place is taken by `0x<offset> [0x<bytes>] :: <name> `, and the
/// record's checksum follows tn. Time is $HOROLOG (days since 31-DEC-1840, seconds), local. The last field may
/// hold the separator. Source: gtm_behaviour observed on V7.0-005; docs/conformance.md 4.* for the two
/// layouts.
///
/// Nodes and values are in the form of engine/globals/zwr.h, in the process's mode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/types.h"
#include "engine/globals/charset.h"
#include "engine/globals/key.h"
#include "journal/transaction_frame.h"

namespace hw {

enum class ExtractLayout { V5, V7 };

/// What gtm_extract_format asks for: 03 gives V5, unset or 07 V7. Errors: none; any other value is V7.
ExtractLayout extract_layout_from_environment();
/// `GDSJEX03` or `GDSJEX07`.
std::string_view extract_label(ExtractLayout layout);
inline constexpr std::string_view kDetailLabel = "GDSJDX08";
/// The first line of a file, without its newline: the label, where the lines come from (`ROLLBACK PRIMARY A`; empty in
/// a plain extract), and ` UTF-8` when the process is in that mode.
std::string extract_heading(std::string_view label, std::string_view origin = {}, Charset charset = process_charset());

/// The position of a record: what a detailed extract says besides.
struct RecordPlace {
  std::uint64_t offset = 0;  ///< bytes from the start of the file
  std::uint32_t bytes = 0;   ///< of the whole record; 0 for a further line of the same record
  std::uint64_t checksum = 0;
};

/// The fields that all lines of one region's share in a transaction have.
struct ExtractStamp {
  std::uint64_t time_us = 0;
  std::uint64_t tn = 0;
  std::uint32_t pid = 0;
  Seqno seqno;
  std::optional<RecordPlace> place = {};  ///< set: a line of a detailed extract
};

/// The place of an update in its transaction; only a detailed extract tells the three apart.
enum class UpdatePlace { Single, First, Further };

/// `67896,6637`: $HOROLOG of a moment, local time; 0 gives `0,0`.
std::string horolog(std::uint64_t time_us);

void append_null_line(std::string& out, const ExtractStamp& stamp, ExtractLayout layout);
void append_tstart_line(std::string& out, const ExtractStamp& stamp, ExtractLayout layout);
void append_tcom_line(std::string& out, const ExtractStamp& stamp, unsigned regions, std::string_view transaction_id,
                      ExtractLayout layout);
/// `number`: the update's place in its transaction, 0 outside one. Errors: HWKEYBAD.
Status append_update_line(std::string& out, const ExtractStamp& stamp, const UpdateView& update, std::uint32_t number,
                          NullCollation nulls, ExtractLayout layout, UpdatePlace place = UpdatePlace::Single);
void append_process_begin_line(std::string& out, const ExtractStamp& stamp, std::string_view node,
                               std::string_view user);
void append_process_end_line(std::string& out, const ExtractStamp& stamp);
void append_end_of_file_line(std::string& out, const ExtractStamp& stamp);
/// Only in a detailed extract.
void append_epoch_line(std::string& out, const ExtractStamp& stamp);
void append_removed_line(std::string& out, const ExtractStamp& stamp, std::uint32_t update_number,
                         std::size_t node_count);

enum class ExtractCode { Null, Kill, Set, TStart, TCom, ZKill };
/// One line taken apart; the views point into it.
struct ExtractLine {
  ExtractCode code;
  std::string_view seqno;  ///< as it is there
  std::string_view rest;   ///< node, node=value, or regions\\transaction id; of the others what follows
};
/// None for another code or too few fields; what the fields hold is not checked. `line` has no newline at its end.
std::optional<ExtractLine> split_extract_line(std::string_view line, ExtractLayout layout);

}  // namespace hw
