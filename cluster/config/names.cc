#include "cluster/config/names.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "cluster/config/finding.h"

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/base/types.h"

namespace hw::cluster {
namespace {

constexpr bool is_name_character(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

std::string refuse_name_of(std::string_view text, std::size_t bytes_max) {
  if (!text.empty() && text.size() <= bytes_max && std::ranges::all_of(text, is_name_character)) return {};
  return fmt::format("a name is 1 to {} of A-Z a-z 0-9 _ -", bytes_max);
}

/// The address in network order: 4 bytes, 16, or none.
std::string address_bytes(std::string_view host) {
  const std::string text(host);
  std::array<char, sizeof(in6_addr)> bytes{};
  if (text.find('\0') != text.npos) return {};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in_addr)};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in6_addr)};
  return {};
}

/// Labels of letters, digits, - and _; none that looks like an address and is not one.
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > kHostBytesMax || !std::ranges::any_of(text, is_letter)) return false;
  const auto is_part = [](char c) { return is_name_character(c) || c == '.'; };
  return std::ranges::all_of(text, is_part) && text.front() != '.' && text.front() != '-' &&
         text.find("..") == text.npos;
}

std::string_view without_scheme(std::string_view text, bool& secure) {
  constexpr std::string_view kPlain = "http://", kSecure = "https://";
  secure = text.starts_with(kSecure);
  if (secure) return text.substr(kSecure.size());
  return text.starts_with(kPlain) ? text.substr(kPlain.size()) : std::string_view();
}

/// How many characters have to be put in, taken out or changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string refuse_name(std::string_view text) { return refuse_name_of(text, kClusterNameBytesMax); }

std::string refuse_instance_name(std::string_view text) { return refuse_name_of(text, InstanceName::kBytesMax); }

std::string refuse_argument(std::string_view text) {
  if (text.size() > kConfigValueBytesMax) return fmt::format("{} bytes, at most {}", text.size(), kConfigValueBytesMax);
  return text.find('\0') == text.npos ? "" : "a character of code 0";
}

std::string refuse_line(std::string_view text) {
  if (std::string why = refuse_argument(text); !why.empty()) return why;
  const bool whole = std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  return whole ? "" : "a control character";
}

std::string refuse_path(std::string_view text) {
  if (std::string why = refuse_line(text); !why.empty()) return why;
  if (text.size() > kPathBytesMax) return fmt::format("{} bytes, at most {}", text.size(), kPathBytesMax);
  return text.starts_with('/') ? "" : fmt::format("\"{}\" is no absolute path", shown(text));
}

std::string refuse_path_or_none(std::string_view text) { return text.empty() ? "" : refuse_path(text); }

std::string refuse_host(std::string_view text) {
  if (!address_bytes(text).empty() || is_host_name(text)) return {};
  return fmt::format("\"{}\" is no IPv4 or IPv6 address and no name of a host", shown(text));
}

std::string refuse_umask(std::string_view text) {
  const bool octal =
      !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
  if (octal && whole_number<unsigned>(text, 8).value_or(01000) <= 0777) return {};
  return fmt::format("\"{}\" is not octal, 0 to 0777", shown(text));
}

std::string refuse_global(std::string_view text) {
  const bool begins = !text.empty() && (is_letter(text.front()) || text.front() == '%');
  const bool goes_on =
      begins && std::ranges::all_of(text.substr(1), [](char c) { return is_letter(c) || is_digit(c); });
  if (goes_on && text.size() <= kGlobalNameBytesMax) return {};
  return fmt::format("\"{}\" is no name of a global", shown(text));
}

std::string refuse_url(std::string_view text) {
  bool secure = false;
  if (parse_url(text, secure).has_value()) return {};
  return fmt::format("\"{}\" is not http://HOST:PORT or https://HOST:PORT", shown(text));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  const auto port = whole_number<std::uint16_t>(text);
  return port.value_or(0) == 0 ? std::nullopt : port;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  // A bare IPv6 address ends with what looks like a port.
  if (!port.has_value() || !refuse_host(host).empty() || bracketed != (host.find(':') != host.npos))
    return std::nullopt;
  return Endpoint{std::string(host), *port};
}

std::optional<Endpoint> parse_url(std::string_view text, bool& secure) {
  std::string_view place = without_scheme(text, secure);
  if (place.ends_with('/')) place.remove_suffix(1);
  return parse_endpoint(place);
}

bool is_loopback(std::string_view host) {
  const std::string bytes = address_bytes(host);
  if (bytes.size() == sizeof(in_addr)) return bytes[0] == 127;
  if (bytes.size() == sizeof(in6_addr)) return normal_host(host) == "::1";
  return equals_ignoring_case(host, "localhost");
}

std::string normal_host(std::string_view host) {
  const std::string bytes = address_bytes(host);
  if (bytes.empty()) {
    std::string out(host);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  HW_CHECK(::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr);
  return text.data();
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  name = name.substr(0, kShownTextBytesMax);  // What a message shows of it.
  const auto by_distance = [&](const std::string& candidate) { return distance(name, candidate); };
  const auto found = std::ranges::min_element(candidates, {}, by_distance);
  return found == candidates.end() ? "" : *found;
}

}  // namespace hw::cluster
