/// replic/instance/cell_file.h -- the instance file as twin cells, each of which is replaced whole or not at all.
///
/// A cell has two copies with a generation and a checksum each (replic/instance/instance_layout.h). The newer whole
/// copy is the cell; a change writes the older one and syncs it, so that a crash or a torn write leaves the state
/// before or after. What a cell means is of no interest here.
///
/// Thread: one at a time per object. Between processes: `lock`, from before a cell is read until it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/result.h"
#include "replic/instance/instance_layout.h"

namespace hw {

class CellFile {
 public:
  /// The newest valid copy of a cell.
  struct Cell {
    std::vector<std::byte> bytes;
    std::uint64_t generation = 0;  ///< 0: neither copy is valid
    unsigned copy = 1;             ///< which one it is; the next write goes to the other
  };
  class Lock;

  /// An open file of that protocol level, which tells its label.
  CellFile(File file, std::uint16_t level) : file_(std::move(file)), level_(level) {}
  /// The file at `path`, of the level that the environment says. Nothing of it is read.
  /// Errors: FILENOTFND, REPLINSTOPEN, HWREPLLEVEL.
  static Result<CellFile> open(const std::string& path, bool writable);

  const std::string& path() const { return file_.path(); }
  std::uint16_t level() const { return level_; }
  CellPlace header_place() const { return {0, kInstanceHeaderBytes, instance_label(level_)}; }

  /// Waits until this process has the file's lock, for as long as the object lives. Errors: REPLINSTACC.
  Result<Lock> lock(FileLock::Kind kind) const;

  /// Errors: REPLINSTREAD.
  Result<Cell> read(const CellPlace& place) const;
  /// Writes `copy`, sealed with the generation after `cell`'s, over the older copy, and syncs it.
  /// Errors: REPLINSTWRITE, REPLINSTFSYNC.
  Status write(const CellPlace& place, const Cell& cell, MutableBytes copy) const;

  /// Bytes as they are. Errors: REPLINSTREAD.
  Status read_at(std::uint64_t offset, MutableBytes out) const;
  /// Synced. Errors: REPLINSTWRITE, REPLINSTFSYNC.
  Status write_at(std::uint64_t offset, Bytes in) const;
  /// Errors: REPLINSTACC.
  Result<std::uint64_t> size() const;
  /// Reserves disk blocks so that the file has at least `bytes`, of which it has `present`. Errors: REPLINSTWRITE.
  Status grow(std::uint64_t present, std::uint64_t bytes) const;

  /// Whether the header is one of this level, and whole. Errors: REPLINSTFMT, REPLINSTREAD.
  Status check_label() const;
  /// REPLINSTFMT, about this file.
  Error format_error(std::string_view expected, std::string_view found) const;

  /// Errors: REPLINSTCLOSE.
  Status close();

 private:
  File file_;
  std::uint16_t level_;
};

/// Movable; released by its destructor, and by the kernel when the process dies.
class CellFile::Lock {
 public:
  Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock();

 private:
  friend class CellFile;
  explicit Lock(const File* file) : file_(file) {}
  const File* file_;
};

}  // namespace hw
