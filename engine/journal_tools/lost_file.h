/// engine/journal_tools/lost_file.h -- writing down what a rollback takes out of an instance.
///
/// The file is on disk before the first change, so nothing that was committed here is ever only in memory. Its first
/// line says what produced it, then come the transactions in seqno order, as engine/extract/extract_line.h has them;
/// within a transaction of several regions each region's TSTART comes before its first update, and one TCOM a region
/// at the end. Source: docs/conformance.md 7.*; layout observed on GT.M V7.0-005.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/extract/extract_line.h"
#include "engine/recovery/recovery.h"
#include "engine/region/open_region.h"

namespace hw {

/// What messages call the two files.
inline constexpr std::string_view kLostExtract = "Lost transactions extract";
inline constexpr std::string_view kBrokenExtract = "Broken transactions extract";

struct LostFile {
  std::string path;
  std::uint64_t transactions = 0;  ///< 0: nothing to lose, no file was made
  std::string renamed_to;          ///< where a file of that name that was there already went; empty: there was none
};

/// Writes all transactions with a seqno of at least `from` to `path`, durably. `heading` is the first line after the
/// label, e.g. `ROLLBACK PRIMARY INSTA`. The regions are clean and open; no other process is attached. `cut`: what the
/// same rollback has put into that file already, when it cut what a crash had left (write_cut_files); all of that is
/// newer, and follows the rest.
/// Errors: FILENOTCREATE with the system's reason (a full disk leaves no part of the file); those of TransactionMerge.
/// Blocks: reads the journals from `from` on. Memory: one transaction.
Result<LostFile> write_lost_file(std::span<OpenRegion* const> regions, Seqno from, const std::string& path,
                                 std::string_view heading, ExtractLayout layout, const LostFile& cut = {});

/// Reads what write_lost_file would write: where it is not wanted, a journal that is damaged is found all the same
/// before anything is changed. Errors: those of can_undo_to and TransactionMerge. Blocks: reads the journals from
/// `from` on.
Status check_journals(std::span<OpenRegion* const> regions, Seqno from);

struct CutFiles {
  LostFile broken;
  LostFile lost;
};

/// What recovery cuts off (engine/recovery/recovery.h, BeforeCut): transactions from `from` on that lack a part go to
/// `broken_path`, those that are whole and come after such a one to `lost_path`; an empty path: not wanted. `ends` says
/// where each region's journal ends. Errors and the rest: as write_lost_file.
Result<CutFiles> write_cut_files(std::span<OpenRegion* const> regions, std::span<const RegionRecovery> ends, Seqno from,
                                 const std::string& broken_path, const std::string& lost_path, std::string_view heading,
                                 ExtractLayout layout);

}  // namespace hw
