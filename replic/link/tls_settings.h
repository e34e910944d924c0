/// replic/link/tls_settings.h -- which certificates -tlsid means: GT.M's configuration file, named by gtmcrypt_config.
///
///   tls: {
///     CAfile: "/etc/headwater/ca.pem";
///     PRODUCTION: { format: "PEM"; cert: "/etc/headwater/p.crt"; key: "/etc/headwater/p.key"; };
///   };
///
/// PRODUCTION is what -tlsid names. CAfile may be in its group, too, and counts there before the other. Settings
/// that would make a connection safer than we make it (crl, cipher-list …) are refused; those that would make it less
/// safe or only faster have no effect. Source: GT.M's Administration and Operations Guide, "Configuration File" of TLS.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/tls/tls_files.h"

namespace hw {

/// Errors: TLSINIT with a note: no such group, a file that is not named, a setting that is refused, a file that is not
/// as it must be.
Result<TlsPaths> parse_tls_settings(std::string_view text, const std::string& tls_id);

/// The same of the file that gtmcrypt_config names; relative paths in it are relative to the working folder. Errors:
/// also TLSINIT when there is none, or it cannot be read.
Result<TlsPaths> tls_settings_from_environment(const std::string& tls_id);

}  // namespace hw
