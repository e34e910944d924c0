#include "cluster/agent/agent_options.h"

#include <getopt.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "cluster/agent/ini_file.h"
#include "cluster/config/names.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

/// As on the command line.
struct Written {
  AgentOptions options;
  std::string ini_file;
  std::string label;
};

Error usage(std::string_view why) { return make_error<MsgId::CLIERR>(fmt::format("hwd: {}", why)); }
Error not_started(std::string_view why) { return make_error<MsgId::HWNOSTART>(why); }

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status take_wait(const std::string& text, AgentOptions& options) {
  constexpr std::int64_t kSecondsMax = 1'000'000'000;
  const auto seconds = number_in<std::int64_t>(text);
  if (!seconds || *seconds > kSecondsMax || *seconds < -kSecondsMax)
    return usage(fmt::format("-t {}: no number of seconds", text));
  if (*seconds == 0) return make_error<MsgId::HWBADWAIT>();
  options.wait = std::chrono::seconds(*seconds);
  return {};
}

Status take_option(int letter, const std::string& value, Written& written) {
  AgentOptions& options = written.options;
  switch (letter) {
    case 'd':
      options.debug = true;
      return {};
    case 'h':
      options.help = true;
      return {};
    case 'k':
      options.passive = true;
      return {};
    case 'V':
      options.version = true;
      return {};
    case 'f':
      options.generation = number_in<std::uint64_t>(value);
      if (options.generation.value_or(0) == 0) return usage(fmt::format("-f {}: no generation", value));
      return {};
    case 'i':
      written.ini_file = value;
      return {};
    case 'l':
      written.label = value;
      return {};
    case 'P':
      options.umask = value;
      if (const std::string why = refuse_umask(value); !why.empty()) return usage(fmt::format("-P {}: {}", value, why));
      return {};
    case 't':
      return take_wait(value, options);
    default:
      return usage("internal: option without a case");
  }
}

Result<Written> read_command_line(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"hwd"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  Written written;
  ::optind = 0;  // glibc: begin again.
  for (;;) {
    const int letter = ::getopt(static_cast<int>(words.size()), pointers.data(), ":df:hki:l:P:t:V");
    if (letter == -1) break;
    if (letter == '?') return usage(fmt::format("no option -{}", static_cast<char>(::optopt)));
    if (letter == ':') return usage(fmt::format("-{} needs a value", static_cast<char>(::optopt)));
    HW_TRY_VOID(take_option(letter, ::optarg == nullptr ? "" : ::optarg, written));
  }
  if (const auto next = static_cast<std::size_t>(::optind); next < words.size())
    return usage(fmt::format("{}: no such argument", words[next]));
  return written;
}

std::string first_of(const std::string& one, const std::string& other) { return one.empty() ? other : one; }

Status take_ini(const Written& written, const std::string& label, AgentOptions& options) {
  if (written.ini_file.empty()) return {};
  auto text = read_file(written.ini_file, kDomainTextBytesMax);
  if (!text.has_value()) return rename_error<MsgId::HWNOSTART>(text.error(), text.error().text);
  HW_TRY(const IniSection section, ini_section(*text, written.ini_file, label));
  options.home = section.home;
  options.dir = section.dir;
  options.port = section.port;
  return {};
}

Status take_port(const Environment& environment, AgentOptions& options) {
  if (options.port) return {};
  const std::string text = first_of(environment("HW_RAC_PORT"), environment("TMAX_RAC_PORT"));
  if (text.empty()) return {};
  options.port = parse_port(text);
  if (!options.port) return not_started(fmt::format("HW_RAC_PORT: {}: no port", text));
  return {};
}

Status take_address(const Environment& environment, AgentOptions& options) {
  const std::string protocol = first_of(environment("HW_RAC_IPV6"), environment("TMAX_RAC_IPV6"));
  if (protocol == "SDP") return make_error<MsgId::HWNOSDP>();
  if (!protocol.empty() && protocol != "IPV4" && protocol != "IPV6")
    return not_started(fmt::format("HW_RAC_IPV6: {}: neither IPV4 nor IPV6", protocol));
  if (protocol == "IPV6") options.address = "::1";
  if (const std::string address = environment("HW_ADDRESS"); !address.empty()) options.address = address;
  if (const std::string why = refuse_host(options.address); !why.empty())
    return not_started(fmt::format("HW_ADDRESS: {}: {}", options.address, why));
  return {};
}

void take_security(const Environment& environment, AgentOptions& options) {
  LinkSecurity& security = options.security;
  security.key_file = environment("HW_KEY_FILE");
  security.ca = environment("HW_CA");
  security.cert = environment("HW_CERT");
  security.key = environment("HW_KEY");
  if (!security.ca.empty())
    security.mode = LinkSecurity::Mode::Tls;
  else if (!security.key_file.empty())
    security.mode = LinkSecurity::Mode::Key;
}

}  // namespace

Result<HostFacts> host_facts() {
  HostFacts out;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return system_error("gethostname()", "host");
  out.short_name = name.data();
  out.short_name = out.short_name.substr(0, out.short_name.find('.'));
  std::array<char, 4096> path{};
  const ssize_t bytes = ::readlink("/proc/self/exe", path.data(), path.size());
  if (bytes < 0) return system_error("readlink()", "/proc/self/exe");
  out.home = folder_of(folder_of(std::string(path.data(), static_cast<std::size_t>(bytes))));
  return out;
}

std::string environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

Result<AgentOptions> read_agent_options(const std::vector<std::string>& arguments, const Environment& environment,
                                        const HostFacts& host) {
  HW_TRY(Written written, read_command_line(arguments));
  AgentOptions& options = written.options;
  if (options.help || options.version) return options;
  options.node = first_of(first_of(written.label, environment("HW_NODE")), host.short_name);
  if (const std::string why = refuse_name(options.node); !why.empty())
    return not_started(fmt::format("node {}: {}", options.node, why));
  HW_TRY_VOID(take_ini(written, options.node, options));
  options.home = first_of(first_of(options.home, environment("HW_HOME")), host.home);
  options.dir = first_of(first_of(options.dir, environment("HW_DIR")), "/var/lib/headwater/" + options.node);
  options.dir = absolute_path(options.dir);
  HW_TRY_VOID(take_port(environment, options));
  HW_TRY_VOID(take_address(environment, options));
  take_security(environment, options);
  return options;
}

std::string agent_usage() {
  return "hwd [-d] [-f GEN] [-h] [-k] [-i FILE -l LABEL] [-P UMASK] [-t WAIT] [-V]\n"
         "The agent of a node: starts, watches and stops its servers. In the background, once it listens.\n"
         "  -d        in the foreground, with a debug log\n"
         "  -f GEN    begins with that generation of the configuration; default: the current one\n"
         "  -k        passive: reads no configuration, starts nothing unasked\n"
         "  -i, -l    ini file with a section for each logical node (HOME, DIR, RAC_PORT), and which one\n"
         "  -P UMASK  octal umask of all it starts\n"
         "  -t WAIT   seconds that a boot or down may take; negative: for ever\n"
         "Environment: HW_NODE, HW_DIR, HW_HOME, HW_RAC_PORT, HW_ADDRESS, HW_KEY_FILE, or HW_CA, HW_CERT and HW_KEY.\n";
}

}  // namespace hw::cluster
