/// engine/extract/extract_reader.h -- reads journal extracts and lost-transaction files
/// (engine/extract/extract_line.h), transaction by transaction.
///
/// Both layouts, and either mode of text: the first line says in which the file was written, whatever the process's is.
/// Lines of processes (01, 02) and file ends (03) say nothing here, nor do comments (`;`). A line ends with LF or CR
/// LF. An update belongs to the transaction whose TSTART comes before it; one outside any is its own, unless its
/// neighbours have the same seqno.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/extract/extract_line.h"
#include "engine/globals/global_directory.h"
#include "engine/session/session.h"

namespace hw {

/// Bytes at the front of a file that tell whether it is a journal extract.
inline constexpr std::size_t kExtractLabelBytes = 8;
/// `first_line` may be cut after that many bytes.
bool is_journal_extract(std::string_view first_line);

struct ExtractUpdate {
  UpdateType type{};
  std::string key;
  std::string value;
  std::string reference;  ///< as written
};

/// One transaction.
struct ExtractGroup {
  std::string seqno;
  std::string text;  ///< its lines
  std::string transaction_id;
  bool fenced = false;
  std::vector<ExtractUpdate> updates;  ///< none in a null transaction
};

/// Makes the update. Errors: those of Session.
Status apply_update(Session& session, const ExtractUpdate& update);

/// Thread: one at a time.
class ExtractReader {
 public:
  /// `name`: of the file, for messages.
  ExtractReader(std::istream& in, std::string name, const GlobalDirectory& directory)
      : name_(std::move(name)), directory_(directory), in_(in) {}

  /// Takes the first line from the stream; `begin`: what has been read of it. Errors: as next().
  Status open(std::string begin = {});

  const std::string& heading() const { return line_one_; }
  /// What follows the label in the first line: `ROLLBACK PRIMARY A`, or nothing. Without the UTF-8 at its end.
  const std::string& origin() const { return origin_; }
  /// The mode in which nodes and values are written.
  Charset charset() const { return charset_; }
  std::uint64_t line_number() const { return number_; }
  std::uint64_t bytes() const { return bytes_; }

  /// The next transaction; false at the end. Errors: HWLOSTFILE naming the line, also of a transaction that is not all
  /// there; SYSCALL on a failed read.
  Result<bool> next(ExtractGroup& group);

  /// HWLOSTFILE for the line at hand.
  Error bad(std::string_view expected) const;

 private:
  Result<bool> read_any_line();
  Result<bool> next_line();
  void take_origin(std::string_view behind_label);
  Status parse();
  bool belongs_to(const ExtractGroup& group) const;

  const std::string name_;
  const GlobalDirectory& directory_;
  std::istream& in_;
  ExtractLayout layout_ = ExtractLayout::V7;
  Charset charset_ = Charset::M;
  std::string line_one_, origin_, line_;
  std::uint64_t number_ = 0, bytes_ = 0;
  bool more_ = false;
  bool is_cut_ = false;  ///< line_ has no newline
  int open_ = 0;         ///< regions whose TSTART has come and whose TCOM has not
  std::vector<std::string_view> fields_;
  std::string_view rest_;  ///< after the fields that all records have
  std::string padded_;
  std::string seqno_;  ///< of the line at hand
  std::optional<ExtractUpdate> update_;
};

}  // namespace hw
