/// replic/link/libconfig_text.h -- configuration files as libconfig has them, as far as GT.M's need it. Pure.
///
///   # a comment; so are // and /* */
///   tls: {
///     CAfile = "/etc/ca.pem";
///     PRODUCTION: { format: "PEM"; cert: "/etc/p" ".crt"; };
///   };
///
/// Strings, whole and other numbers, true and false, groups { }, lists ( ) and arrays [ ]. Not: @include.
/// Source: the manual of libconfig, "Configuration Files".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw {

/// Each setting by its path, `tls.PRODUCTION.cert`, as text; what is in lists and arrays by its index,
/// `database.keys.0.dat`. Of a name that is twice in a group the last counts.
using LibconfigSettings = std::map<std::string, std::string, std::less<>>;

/// Errors: TEXT with the line and what is wrong there.
Result<LibconfigSettings> parse_libconfig(std::string_view text);

}  // namespace hw
