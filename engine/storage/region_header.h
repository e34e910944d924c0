/// engine/storage/region_header.h -- what a database file says of itself.
///
/// Stored in the file itself, under the key kHeaderKey that no global can have (it starts with 00), so that copies
/// and backups carry it and LMDB makes each change atomic. Facts that change with every commit
/// (reg_seqno, journal place) are exact only after a clean close; in between the journal pool has them.
///
/// Format 1, little-endian:
///
///   offset size field             rule
///   ------ ---- ----------------- -------------------------------------------------------
///        0    8 checksum          XXH3-64 of bytes [8, size)
///        8    8 label             "HWREGN03"
///       16   16 database_id       random; journal, control file and checkpoint image repeat it
///       32    8 created_us
///       40    8 reg_seqno         next seqno of the region
///       48    1 journal_state     0 disabled, 1 off, 2 on
///       49    1 replicated        bit 0: replicates; 1: has replicated before; 2: rollback decided; 3: recovering
///       50    1 null_collation    0 standard, 1 GT.M's
///       51    1 null_subscripts   0 never, 1 always, 2 existing
///       52    4 key_bytes_max     56 4 value_bytes_max
///       60    4 extension_blocks  of 4096 bytes
///       64    8 journal_allocation  72 8 journal_extension, 80 8 journal_autoswitch (bytes)
///       88    8 generation        96 8 offset: place in the journal up to which this file holds everything
///      104    8 zqgblmod_seqno    112 8 zqgblmod_tn
///      120    8 tn_base           added to LMDB's transaction id in what users see
///      128    2 name_bytes        130 2 journal_path_bytes
///      132    4 last_record_bytes of the journal record that ends at that place, 0 when it is the file's beginning
///      136    8 rollback_seqno    0: none; a rollback to this seqno is under way
///      144    8 undone_times     152 8 undone_lowest (journal/undone.h)
///      160      name, journal path
///
/// Full text: docs/formats/database.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/types.h"
#include "journal/file_header.h"

namespace hw {

inline constexpr std::string_view kHeaderKey{"\0hw", 3};

enum class JournalState : std::uint8_t { Disabled = 0, Off = 1, On = 2 };

struct RegionHeader {
  DatabaseId database_id{};
  std::uint64_t created_us = 0;
  Seqno reg_seqno{1};
  JournalState journal_state = JournalState::Disabled;
  bool replicated = false;
  bool ever_replicated = false;  ///< reg_seqno is a seqno of an instance, not a number of the region's own
  std::uint8_t null_collation = 0;
  std::uint8_t null_subscripts = 0;
  std::uint32_t key_bytes_max = 0;
  std::uint32_t value_bytes_max = 0;
  std::uint32_t extension_blocks = 0;
  std::uint64_t journal_allocation = 0;
  std::uint64_t journal_extension = 0;
  std::uint64_t journal_autoswitch = 0;
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;
  std::uint32_t last_record_bytes = 0;
  Seqno zqgblmod_seqno{0};
  std::uint64_t zqgblmod_tn = 0;
  std::uint64_t tn_base = 0;
  /// A rollback to this seqno is under way (engine/recovery/rollback.h); 0: none.
  Seqno rollback_seqno{0};
  bool rollback_decided = false;  ///< every region is undone: what is left is to cut the journals at generation, offset
  Undone undone;
  bool recovering = false;  ///< a forward recovery is under way, or was broken off: the file holds part of its updates
  std::string name;
  std::string journal_path;

  /// The region goes back to `to`: what it is given from there on no former root can share, whatever was known before.
  void go_back_to(Seqno to) {
    if (zqgblmod_seqno > to) zqgblmod_seqno = to;
  }
};

std::string encode_region_header(const RegionHeader& header);
/// Errors: DBNOTGDS naming `path` when the bytes are no header of this version.
Result<RegionHeader> decode_region_header(std::string_view bytes, const std::string& path);

}  // namespace hw
