#include "engine/base/message.h"

#include <array>
#include <cstring>

#include "engine/base/program.h"
#include "engine/base/result.h"

namespace hw {
namespace {

constexpr MessageRow kRows[] = {
#define MESSAGE(number, id, severity, text, cause, action) \
  {MsgId::id, number, #id, Severity::severity, text, cause, action},
#include "engine/base/message.def"
#undef MESSAGE
};

constexpr bool numbers_are_unique() {
  for (std::size_t i = 0; i < std::size(kRows); ++i)
    for (std::size_t j = i + 1; j < std::size(kRows); ++j)
      if (kRows[i].number == kRows[j].number) return false;
  return true;
}
static_assert(numbers_are_unique(), "two rows of message.def share a number");

}  // namespace

std::span<const MessageRow> message_catalogue() { return kRows; }

const MessageRow& message_row(MsgId id) { return kRows[static_cast<std::size_t>(id)]; }

std::string message_line(MsgId id, Severity severity, std::string_view text) {
  return fmt::format("%GTM-{}-{}, {}", severity_letter(severity), message_row(id).name, text);
}

int exit_status(MsgId id, Severity severity) {
  // A failover script must tell "not known" from every answer: no other message has this status (EX_NOPERM).
  if (id == MsgId::HWUNSEEN) return 77;
  if (id == MsgId::FORCEDHALT) return kTerminatedStatus;  // Whether it ended in order or at once.
  return static_cast<int>(((message_row(id).number & ~7U) | static_cast<std::uint32_t>(severity)) & 0xFF);
}

Error::Error(MsgId its_id, Severity its_severity, std::string its_text)
    : id(its_id), severity(its_severity), text(std::move(its_text)), unseen(its_id == MsgId::HWUNSEEN) {}
Error::Error(Error&& other) noexcept = default;
Error::Error(const Error& other) = default;
Error& Error::operator=(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) = default;
Error::~Error() = default;

Error error_of_row(MsgId id, Severity severity, fmt::string_view text, fmt::format_args args) {
  return {id, severity, fmt::vformat(text, args)};
}

std::string line_of_row(MsgId id, Severity severity, fmt::string_view text, fmt::format_args args) {
  return message_line(id, severity, fmt::vformat(text, args));
}

Error& Error::note(std::string_view what) {
  extra.push_back(message_line(MsgId::TEXT, Severity::Info, what));
  return *this;
}

Error& Error::after(const Error& cause) { return counts(cause).after(cause.lines()); }

Error& Error::after(std::string_view line) {
  before.emplace_back(line);
  return *this;
}

Error& Error::because(const Error& cause) {
  extra.push_back(cause.lines());
  return counts(cause);
}

std::string Error::lines() const {
  std::string out;
  for (const auto& line : before) out += line + "\n";
  out += message_line(id, severity, text);
  for (const auto& line : extra) out += "\n" + line;
  if (os_errno != 0) out += fmt::format("\n%SYSTEM-E-ENO{}, {}", os_errno, strerror(os_errno));
  return out;
}

std::string Error::render() const { return lines() + "\n"; }

}  // namespace hw
