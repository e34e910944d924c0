/// cluster/config/names.h -- which texts are names, addresses, paths; and the known name that is nearest to a wrong
/// one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"

namespace hw::cluster {

/// Of these functions each says why `text` is refused; empty when it is not.
using TextRule = std::string (*)(std::string_view text);

/// 1 to 31 of A-Za-z0-9_-: domain, nodes, groups, gateways, servers, resources.
std::string refuse_name(std::string_view text);
/// The same, 1 to 15: an instance's name goes into its instance file.
std::string refuse_instance_name(std::string_view text);
/// Anything on one line.
std::string refuse_line(std::string_view text);
/// Anything that a program can be given as an argument.
std::string refuse_argument(std::string_view text);
/// An absolute path that the engine can keep.
std::string refuse_path(std::string_view text);
/// The same, or nothing.
std::string refuse_path_or_none(std::string_view text);
/// IPv4, IPv6 without brackets, or a host's name.
std::string refuse_host(std::string_view text);
/// Octal permission bits, 0 to 0777.
std::string refuse_umask(std::string_view text);
/// A global's name, without the up-arrow.
std::string refuse_global(std::string_view text);
/// `http://HOST:PORT` or `https://HOST:PORT`.
std::string refuse_url(std::string_view text);

/// HOST:PORT, an IPv6 address in brackets; none when it is something else.
std::optional<Endpoint> parse_endpoint(std::string_view text);
/// What refuse_url takes, without its scheme; `secure` says which it was.
std::optional<Endpoint> parse_url(std::string_view text, bool& secure);
/// A port, 1 to 65535, in digits; none when it is something else.
std::optional<std::uint16_t> parse_port(std::string_view text);
/// 127.0.0.0/8, ::1, localhost. Other names are not looked up.
bool is_loopback(std::string_view host);
/// One text for one address however it was written; a name as it is, in small letters.
std::string normal_host(std::string_view host);

/// The candidate to which `name` has to be changed least; of equals the first. Empty when there are none.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace hw::cluster
