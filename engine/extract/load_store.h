/// engine/extract/load_store.h -- what becomes of a record that `mupip load` has read: stored and counted, or reported.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "engine/extract/load.h"
#include "engine/extract/progress.h"
#include "engine/globals/key.h"

namespace hw {

/// Thread: as the session.
class LoadStore {
 public:
  enum class Go { On, Stop };

  LoadStore(Session& session, const LoadOptions& options, std::ostream& messages)
      : session_(session),
        options_(options),
        messages_(messages),
        progress_(options.progress, "load", options.input_bytes) {}

  void at_record(std::uint64_t record) { result_.last_record = record; }
  /// FORCEDHALT once the user has asked the load to end.
  Status check_end() const;
  /// The same, for each record: asks the system each few of them.
  Status check_end_now_and_then();
  void at_byte(std::uint64_t bytes) { progress_.update(result_.keys, bytes); }

  /// Sets the node. A failure that concerns this record alone is reported and counted, and `go` says what the options
  /// say. Errors: LOADABORT for every other.
  Status store(std::string_view key, std::string_view value, NullCollation nulls, std::uint64_t record, Go& go);
  /// The same for a record that could not be read. `reference`: the node, where the message has to name it.
  Status failed(const Error& error, std::string_view reference, std::uint64_t record, Go& go);
  /// Makes durable what was stored, and prints the totals. Errors: `ended`; those of Session::sync.
  Result<LoadResult> finish(Status ended);

 private:
  static constexpr unsigned kRecordsUnasked = 64;

  Session& session_;
  const LoadOptions& options_;
  std::ostream& messages_;
  Progress progress_;
  LoadResult result_;
  unsigned unasked_ = 0;  ///< records since the system was asked
};

}  // namespace hw
