// change: fields of the file header.
#include <pwd.h>
#include <unistd.h>

#include <ostream>
#include <vector>

#include "dse/commands.h"
#include "engine/admin/freeze.h"
#include "engine/admin/region_settings.h"
#include "engine/base/limits.h"
#include "engine/base/operator_log.h"

namespace hw::dse {
namespace {

/// A change that was asked for, and what it replaced once it is made.
struct FieldChange {
  std::string_view qualifier;
  std::string before;
  std::string after;
};

std::string hex(std::uint64_t value) { return fmt::format("0x{:016X}", value); }

std::string user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : fmt::format("{}", ::getuid());
}

constexpr std::string_view kNullNames[] = {"NEVER", "ALWAYS", "EXISTING"};

std::uint8_t null_value(const QualifierSet& keywords) {
  if (keywords.has("ALWAYS") || keywords.has("TRUE")) return 1;
  return keywords.has("EXISTING") ? 2 : 0;
}

/// The fields given on a command line, as one edit of a header.
class Edit {
 public:
  explicit Edit(const ParsedCommand& command) : command_(command) {}

  /// Errors: HEXERR, HWHEADERVALUE: the header is as it was, or is not used.
  Status operator()(RegionHeader& header) {
    changes_.clear();
    HW_TRY_VOID(hexadecimal("REG_SEQNO", 1, header.reg_seqno.value));
    HW_TRY_VOID(hexadecimal("ZQGBLMOD_SEQNO", 0, header.zqgblmod_seqno.value));
    HW_TRY_VOID(hexadecimal("ZQGBLMOD_TN", 0, header.zqgblmod_tn));
    HW_TRY_VOID(decimal("KEY_MAX_SIZE", 3, kKeySizeMax, header.key_bytes_max));
    HW_TRY_VOID(decimal("RECORD_MAX_SIZE", 0, kValueBytesMax, header.value_bytes_max));
    if (command_.has("NULL_SUBSCRIPTS")) {
      const std::uint8_t wanted = null_value(command_.keywords("NULL_SUBSCRIPTS"));
      changes_.push_back(
          {"NULL_SUBSCRIPTS", std::string(kNullNames[header.null_subscripts]), std::string(kNullNames[wanted])});
      header.null_subscripts = wanted;
    }
    return {};
  }

  const std::vector<FieldChange>& changes() const { return changes_; }

 private:
  Status hexadecimal(std::string_view name, std::uint64_t min, std::uint64_t& field) {
    if (!command_.has(name)) return {};
    const auto wanted = command_.number(name);
    if (!wanted) return make_error<MsgId::HEXERR>(command_.value(name));
    if (*wanted < min) return make_error<MsgId::HWHEADERVALUE>(name, hex(*wanted), "sequence numbers begin with 1");
    changes_.push_back({name, hex(field), hex(*wanted)});
    field = *wanted;
    return {};
  }

  Status decimal(std::string_view name, std::uint64_t min, std::uint64_t max, std::uint32_t& field) {
    const auto wanted = command_.number(name);
    if (!wanted) return {};
    if (*wanted < min || *wanted > max)
      return make_error<MsgId::HWHEADERVALUE>(name, *wanted, fmt::format("the range is {} to {}", min, max));
    changes_.push_back({name, fmt::format("{}", field), fmt::format("{}", *wanted)});
    field = static_cast<std::uint32_t>(*wanted);
    return {};
  }

  const ParsedCommand& command_;
  std::vector<FieldChange> changes_;
};

/// As in GT.M, whoever has frozen the region.
Status change_freeze(bool on, Session& session, Console& console) {
  HW_TRY(const auto access, session.take());
  const bool was_on = access->region().control.is_frozen();
  if (!on)
    HW_TRY_VOID(thaw_region(*access, ::getuid(), true));
  else if (!was_on)
    HW_TRY_VOID(freeze_region(*access, ::getuid()));
  console.err << fmt::format("Region {} is now {}\n", session.region().name, on ? "FROZEN" : "UNFROZEN");
  const auto name = [](bool frozen) { return frozen ? "TRUE" : "FALSE"; };
  to_operator_log({"DSE", ""},
                  make_error<MsgId::HWHEADERCHANGED>(access->path(), "FREEZE", name(was_on), name(on), user()));
  return {};
}

}  // namespace

Status run_change(const ParsedCommand& command, Session& session, Console& console) {
  if (!command.has("FILEHEADER"))
    return make_error<MsgId::HWREFUSED>("CHANGE without -FILEHEADER",
                                        "pages are the storage engine's and are not edited");
  if (command.has("FREEZE")) HW_TRY_VOID(change_freeze(command.keywords("FREEZE").has("TRUE"), session, console));
  Edit edit(command);
  RegionHeader trial;
  HW_TRY_VOID(edit(trial));
  if (edit.changes().empty()) return {};
  const bool live_is_safe =
      !command.has("KEY_MAX_SIZE") && !command.has("RECORD_MAX_SIZE") && !command.has("NULL_SUBSCRIPTS");
  HW_TRY(const auto access, session.take());
  if (command.has("REG_SEQNO")) {
    SettingsRequest request;
    request.edit = std::ref(edit);
    HW_TRY_VOID(change_settings(*access, request));
  } else {
    HW_TRY_VOID(change_header(*access, live_is_safe, std::ref(edit)));
  }
  for (const FieldChange& change : edit.changes())
    to_operator_log({"DSE", ""}, make_error<MsgId::HWHEADERCHANGED>(access->path(), change.qualifier, change.before,
                                                                    change.after, user()));
  return {};
}

}  // namespace hw::dse
