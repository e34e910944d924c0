/// cluster/link/secret_file.h -- the key that agents share, in a file that only its owner may read.
///
/// The key is the file's bytes as they are, a newline at the end included: the file is to be copied, not typed.
/// Source: operations, section 13.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "engine/tls/file_stamp.h"

namespace hw::cluster {

/// Thread: one at a time.
class SecretFile {
 public:
  /// Errors: HWCFGBAD of security.key_file: it cannot be read, is shorter than kAgentKeyBytesMin or longer than
  /// kAgentKeyBytesMax, may be used by group or others, or is neither this user's nor root's.
  static Result<SecretFile> load(const std::string& path);

  /// The key, read again when the file has changed; one that cannot be used leaves the former in force.
  const std::string& current();
  /// Why the file as it is now cannot be used.
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  explicit SecretFile(std::string path) : path_(std::move(path)) {}
  Status read();

  std::string path_;
  std::string key_;
  FileStamp stamp_;  ///< of the file when it was last examined
  std::optional<Error> trouble_;
};

}  // namespace hw::cluster
