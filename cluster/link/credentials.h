/// cluster/link/credentials.h -- what this end proves itself with over TCP: a key that all share, or a certificate.
///
/// Files are examined before each connection and read again when they have changed. A changed file that cannot be used
/// leaves what was read before in force, and is told by `trouble`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cluster/link/secret_file.h"
#include "engine/base/result.h"
#include "engine/tls/tls_files.h"

namespace hw::cluster {

/// The keys of a configuration's section `security` that say how agents prove themselves.
struct LinkSecurity {
  enum class Mode {
    None,  ///< no key: over the socket alone
    Key,
    Tls
  };
  Mode mode = Mode::None;
  std::string key_file;
  std::string ca;
  std::string cert;
  std::string key;
  bool allow_plain = false;  ///< mode Key beyond loopback too
  friend bool operator==(const LinkSecurity&, const LinkSecurity&) = default;

  /// Of files, which are read later (Credentials::load).
  static LinkSecurity with_key(std::string path);
  static LinkSecurity with_tls(std::string ca_path, std::string cert_path, std::string key_path);
};

/// Thread: one at a time.
class Credentials {
 public:
  /// Reads the files. Errors: HWCFGBAD names the key of the configuration, the file and the reason.
  static Result<std::shared_ptr<Credentials>> load(const LinkSecurity& security);

  const LinkSecurity& security() const { return security_; }
  /// What is shared; empty but in mode Key.
  const std::string& key();
  /// nullptr but in mode Tls. A connection keeps the one that it began with.
  TlsContext tls();

  /// Days until the own certificate ends, below 0 when it has; none but in mode Tls.
  std::optional<std::int64_t> days_left();
  /// HWCERT when that is at most kCertificateWarningDays. `node`: whose it is.
  std::optional<Error> certificate_warning(const std::string& node);
  /// Why the files as they are now cannot be used.
  std::optional<Error> trouble();

 private:
  explicit Credentials(LinkSecurity security);

  LinkSecurity security_;
  std::optional<SecretFile> key_;
  std::optional<TlsFiles> tls_;
};

}  // namespace hw::cluster
