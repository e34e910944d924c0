/// journal/seqno_reader.h -- transactions in seqno order out of the journal files of an instance.
///
/// A source server uses it while its secondary is so late that the wanted transactions have left the journal
/// pool. Each region's journal is in seqno order by itself; this class walks all of them side by side, and where
/// the records of one seqno are in several regions it puts their updates back into the order of their
/// numbers. The frame it builds is the one the committer built, byte for byte.
///
/// A region need not go back as far as the others: it is enough that each wanted seqno is whole. Only when one is not
/// does the end of a region's chain of files become an error, and then it is named.
///
/// The place to start in a file is found by halving: a record can be recognized from any place, and a run of records
/// longer than any value cannot be inside a value.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/types.h"
#include "journal/current_file.h"
#include "journal/generations.h"
#include "journal/reader.h"

namespace hw {

/// How far a region's journal may be read now.
struct LiveEnd {
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;                    ///< the pool's write_offset in that generation
  std::optional<CurrentJournal> current = {};  ///< what is read is compared with it
};

/// Movable. Thread: one at a time.
class SeqnoReader {
 public:
  /// Gives both facts of region `index` (into the list of `open`) as they were at one moment: read them under the
  /// commit lock, or a switch may come between them. Called once a region in each read(), after the caller chose `end`.
  using LiveEndOf = std::function<LiveEnd(std::size_t index)>;

  /// Opens the generation of each region in which `first` may be.
  ///
  /// Parameters: the current journal files of all replicated regions of the instance; the first seqno wanted, from 1.
  /// Errors: those of generation_chain. That `first` is missing is found by the first read().
  static Result<SeqnoReader> open(std::vector<std::string> current_paths, Seqno first);

  SeqnoReader(SeqnoReader&&) noexcept;
  SeqnoReader& operator=(SeqnoReader&&) noexcept;
  ~SeqnoReader();

  /// Appends the whole frames of seqnos [next, end) to `out`, in order, and moves `next` after the last one. Stops
  /// once `bytes_max` bytes were appended, but appends at least one frame. Returns the number of frames.
  ///
  /// Every seqno below `end` must be committed and visible: `end` is at most the pool's next_seqno, read before the
  /// call. A `next` other than where the last call stopped starts a new search.
  ///
  /// Errors, about seqno `next` and with nothing appended (what could be read before a fault is returned first):
  /// NOPREVLINK or JNLFILEOPNERR when the seqno is not whole and a region's chain ends after it, at a cut link or a
  /// missing file; HWSEQNOGAP when it is not whole although every region goes back far enough, or when its records
  /// contradict each other; JNLBADRECFMT, JNLBADLABEL for damaged files; HWJNLREPLACED when the name of the current
  /// file leads to another one. Blocks: disk reads. Holds no lock.
  Result<std::size_t> read(Seqno& next, Seqno end, std::size_t bytes_max, std::string& out, const LiveEndOf& live_end);

 private:
  class Region;

  SeqnoReader();
  Status position(Seqno first);
  Status append_frame(Seqno seqno, std::string& out);
  Error gap(Seqno seqno, const std::string& what) const;

  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<const Region*> holders_;  ///< regions whose next record has the seqno at hand
  std::vector<JournalUpdate> updates_;
  FrameBuilder builder_;
  Seqno expected_;
};

}  // namespace hw
