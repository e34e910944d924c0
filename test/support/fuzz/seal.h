/// test/support/fuzz/seal.h -- checksums and lengths of every format put right in bytes that a fuzzer has changed.
///
/// Each function takes any bytes, walks them as far as they can be understood, and writes lengths that fit and
/// checksums that agree; all other fields stay as the fuzzer made them. Functions of one cell fill up a shorter input
/// with zeros.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"

namespace hw::fuzz {

/// The checksum that stands in the first eight bytes and covers the rest: of most blocks.
void seal_block(MutableBytes block);
/// Cuts or fills up to `bytes`, and seals that.
void seal_block_of(std::string& block, std::size_t bytes);

// ---- journal/ ----
/// Journal records one after another, from `from` on; each knows the length of the one before.
void seal_records(std::string& bytes, std::size_t from = 0);
std::vector<std::size_t> record_parts(std::string_view bytes, std::size_t from = 0);
/// Transaction frames one after another, from `from` on. Returns how many.
std::size_t seal_frames(std::string& bytes, std::size_t from = 0);
std::vector<std::size_t> frame_parts(std::string_view bytes, std::size_t from = 0);
/// A whole journal file as a fuzzer's input: the used bytes of the opening, closing and undone block, then the records.
/// The zeros between them, some 7 KB, are left out, so that inputs stay small.
std::string journal_input_of(std::string_view file);
std::string journal_file_of(std::string_view input);
inline constexpr std::size_t kJournalInputHeaderBytes = 640 + 64 + 24;
void seal_journal_input(std::string& input);

// ---- engine/ ----
void seal_increment(std::string& bytes);
void seal_binary_extract(std::string& bytes);
void seal_global_directory(std::string& text);
/// Both copies of the state in a control file.
void seal_control_file(std::string& bytes);

// ---- replic/ ----
/// Frames of the replication link one after another.
void seal_wire(std::string& bytes);
std::vector<std::size_t> link_parts(std::string_view bytes);
/// Frames of a refresh one after another.
void seal_refresh(std::string& bytes);
/// An entry of the receive pool.
void seal_pool_entry(std::string& bytes);
/// A whole instance file, each copy of each cell.
void seal_instance_file(std::string& bytes);

}  // namespace hw::fuzz
