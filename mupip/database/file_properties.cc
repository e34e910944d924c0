#include "mupip/database/file_properties.h"

#include <algorithm>
#include <optional>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/integ/region_look.h"

namespace hw::mupip {
namespace {

constexpr std::string_view kProperties[] = {"ACCESS_METHOD", "EXTENSION_COUNT", "KEY_SIZE", "NULL_SUBSCRIPTS",
                                            "RECORD_SIZE"};
/// What every file has for good: -noencryptable and the like ask for it, and are answered in GT.M's words.
constexpr std::string_view kNeverSet[] = {"ENCRYPTABLE", "READ_ONLY"};

struct Range {
  std::string_view name;
  std::uint64_t min, max;
};
constexpr Range kRanges[] = {
    {"EXTENSION_COUNT", 0, 1u << 20}, {"KEY_SIZE", 3, kKeySizeMax}, {"RECORD_SIZE", 0, kValueBytesMax}};

std::string_view null_name(const QualifierSet& keywords) {
  if (keywords.has("ALWAYS") || keywords.has("TRUE")) return "ALWAYS";
  return keywords.has("EXISTING") ? "EXISTING" : "NEVER";
}

/// GT.M's rule, whatever the longest key and value are: a size that stored nodes pass is a damaged database's.
Status check_not_smaller(std::string_view what, std::optional<std::uint64_t> wanted, std::uint64_t present) {
  if (!wanted || *wanted >= present) return {};
  Error error = make_error<MsgId::WCWRNNOTCHG>();
  error.before.push_back(fmt::format("{} smaller than current maximum {} size {}", *wanted, what, present));
  return error;
}

std::uint8_t null_value(std::string_view name) { return name == "NEVER" ? 0 : name == "ALWAYS" ? 1 : 2; }

bool changes_header(const ParsedCommand& command) {
  return std::ranges::any_of(kProperties, [&](std::string_view name) { return command.has(name); });
}

Status set_header(RegionAccess& access, const ParsedCommand& command) {
  return change_header(access, false, [&](RegionHeader& header) -> Status {
    HW_TRY_VOID(check_not_smaller("record", command.number("RECORD_SIZE"), header.value_bytes_max));
    HW_TRY_VOID(check_not_smaller("key", command.number("KEY_SIZE"), header.key_bytes_max));
    if (const auto bytes = command.number("KEY_SIZE")) header.key_bytes_max = static_cast<std::uint32_t>(*bytes);
    if (const auto bytes = command.number("RECORD_SIZE")) header.value_bytes_max = static_cast<std::uint32_t>(*bytes);
    if (const auto blocks = command.number("EXTENSION_COUNT"))
      header.extension_blocks = static_cast<std::uint32_t>(*blocks);
    if (command.has("NULL_SUBSCRIPTS"))
      header.null_subscripts = null_value(null_name(command.keywords("NULL_SUBSCRIPTS")));
    return {};
  });
}

}  // namespace

bool names_properties(const ParsedCommand& command) {
  return changes_header(command) ||
         std::ranges::any_of(kNeverSet, [&](std::string_view name) { return command.negated(name); });
}

Status check_properties(const ParsedCommand& command) {
  if (command.has("JNLFILE"))
    return make_error<MsgId::HWREFUSED>("SET -JNLFILE", "mupip set -journal changes a region and its journal together");
  const QualifierSet& method = command.keywords("ACCESS_METHOD");
  if (command.has("ACCESS_METHOD") && !(method.is_one_word() && method.has("MM")))
    return make_error<MsgId::HWREFUSED>("SET -ACCESS_METHOD=BG", "files are mapped into memory, which is MM");
  if (command.has("STDNULLCOLL") || command.negated("STDNULLCOLL"))
    return make_error<MsgId::HWREFUSED>(
        "SET -STDNULLCOLL", "stored keys would change their order; extract, make the database anew, and load");
  if (command.has("READ_ONLY"))
    return make_error<MsgId::HWREFUSED>("SET -READ_ONLY", "take the write permission from the file instead");
  if (command.has("ENCRYPTABLE") || command.has("ENCRYPTIONCOMPLETE"))
    return make_error<MsgId::HWREFUSED>("SET -ENCRYPTABLE",
                                        "databases are not encrypted; use an encrypted file system");
  for (const Range& range : kRanges) {
    const auto value = command.number(range.name);
    if (value && (*value < range.min || *value > range.max))
      return make_error<MsgId::HWHEADERVALUE>(range.name, *value,
                                              fmt::format("the range is {} to {}", range.min, range.max));
  }
  return {};
}

Status set_properties(RegionAccess& access, const ParsedCommand& command, std::ostream& err) {
  if (changes_header(command)) HW_TRY_VOID(set_header(access, command));
  const std::string& path = access.path();
  if (command.has("ACCESS_METHOD")) err << fmt::format("Database file {} now has MM access method\n", path);
  if (const auto blocks = command.number("EXTENSION_COUNT"))
    err << fmt::format("Database file {} now has extension count {}\n", path, *blocks);
  if (const auto bytes = command.number("KEY_SIZE"))
    err << fmt::format("Database file {} now has maximum key size {}\n", path, *bytes);
  if (command.has("NULL_SUBSCRIPTS"))
    err << fmt::format("Database file {} now has null subscripts set to {:<8}\n", path,
                       null_name(command.keywords("NULL_SUBSCRIPTS")));
  if (const auto bytes = command.number("RECORD_SIZE"))
    err << fmt::format("Database file {} now has maximum record size {}\n", path, *bytes);
  if (command.negated("ENCRYPTABLE"))
    err << fmt::format("Database file {} now has encryptable flag set to FALSE\n", path);
  if (command.negated("READ_ONLY")) err << fmt::format("Database file {} is no longer read-only\n", path);
  return {};
}

}  // namespace hw::mupip
