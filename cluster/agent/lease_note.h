/// cluster/agent/lease_note.h -- the note that a take of the lease is under way, as a file of the node: what an agent
/// that dies leaves to the next one.
///
///   {"format":1,"checksum":"0123456789abcdef","note":{"run":…,"number":…,"epoch":…}}\n
///
/// Source: cluster/lease/record.h, Note; docs/operations/lease.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/lease/record.h"
#include "engine/base/result.h"

namespace hw::cluster {

std::string encode_note(const lease::Note& note);
/// Any bytes. Errors: HWBOARDBAD with `where`.
Result<lease::Note> decode_note(std::string_view text, std::string_view where);

/// Thread: any, one at a time.
class LeaseNote {
 public:
  /// `folder` is made when it is missing.
  LeaseNote(std::string folder, const std::string& instance)
      : folder_(std::move(folder)), path_(folder_ + "/" + instance + ".json") {}

  /// None: there is no file. Errors: SYSCALL; HWBOARDBAD: a take may be of unknown end, so nothing may be taken.
  Result<std::optional<lease::Note>> read() const;
  /// Durable on return (fsync of file and folder). Errors: SYSCALL.
  Status write(const lease::Note& note) const;
  /// Durable on return (fsync of the folder). Errors: SYSCALL.
  Status drop() const;

 private:
  std::string folder_;
  std::string path_;
};

}  // namespace hw::cluster
