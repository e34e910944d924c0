#include "replic/link/tls_settings.h"

#include <cstdlib>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "replic/link/libconfig_text.h"

namespace hw {
namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;

/// What these ask for is not done; without it a connection would be less safe than its administrator thinks.
constexpr std::string_view kRefused[] = {"crl", "CApath", "cipher-list", "verify-depth", "ssl-options", "verify-mode"};

Error not_initialized(std::string_view why) {
  Error error = make_error<MsgId::TLSINIT>();
  error.note(why);
  return error;
}

const std::string* find(const LibconfigSettings& settings, std::string_view path) {
  const auto found = settings.find(path);
  return found == settings.end() ? nullptr : &found->second;
}

bool has_group(const LibconfigSettings& settings, const std::string& path) {
  const auto first = settings.lower_bound(path + ".");
  return first != settings.end() && first->first.starts_with(path + ".");
}

}  // namespace

Result<TlsPaths> parse_tls_settings(std::string_view text, const std::string& tls_id) {
  const auto parsed = parse_libconfig(text);
  if (!parsed.has_value()) return not_initialized(parsed.error().text);
  const LibconfigSettings& settings = *parsed;
  const std::string group = "tls." + tls_id;
  if (!has_group(settings, group)) return not_initialized(fmt::format("no group tls: {{ {}: {{ … }} }}", tls_id));
  for (const std::string_view name : kRefused)
    for (const std::string& in : {std::string("tls"), group})
      if (find(settings, fmt::format("{}.{}", in, name)) != nullptr)
        return not_initialized(fmt::format("{}.{} is not supported", in, name));
  const std::string* const format = find(settings, group + ".format");
  if (format != nullptr && !equals_ignoring_case(*format, "PEM"))
    return not_initialized(fmt::format("{}.format is {}; only PEM is supported", group, *format));
  TlsPaths out;
  for (const auto& [name, path] :
       {std::pair("CAfile", &out.authority), std::pair("cert", &out.certificate), std::pair("key", &out.key)}) {
    const std::string* value = find(settings, fmt::format("{}.{}", group, name));
    if (value == nullptr && path == &out.authority) value = find(settings, "tls.CAfile");
    if (value == nullptr || value->empty()) return not_initialized(fmt::format("{}.{} is missing", group, name));
    *path = absolute_path(*value);
  }
  return out;
}

Result<TlsPaths> tls_settings_from_environment(const std::string& tls_id) {
  const char* const path = std::getenv("gtmcrypt_config");
  if (path == nullptr || *path == '\0') return not_initialized("Environment variable gtmcrypt_config not set");
  const auto text = read_file(path, kFileBytesMax);
  if (!text.has_value())
    return not_initialized(fmt::format("gtmcrypt_config {} cannot be read", path)).because(text.error());
  auto paths = parse_tls_settings(*text, tls_id);
  if (!paths.has_value()) return Error(paths.error()).note(fmt::format("gtmcrypt_config {}", path));
  return paths;
}

}  // namespace hw
