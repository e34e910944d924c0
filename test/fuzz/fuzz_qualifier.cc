// Any command line against all of mupip's tables: never a crash, and a line that is accepted is accepted again.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "engine/extract/extract.h"
#include "mupip/grammars.h"
#include "mupip/journal/journal_qualifiers.h"
#include "replic/receiver/receiver_options.h"
#include "replic/source/source_options.h"
#include "test/support/fuzz/mutator.h"

using namespace hw;
using namespace hw::mupip;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Grammar* kCommands[] = {&kBackup,  &kCreate, &kExit,      &kExtract, &kHelp, &kInteg,
                                                 &kJournal, &kLoad,   &kReplicate, &kRundown, &kSet,  &kQuit};
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto ranges = parse_selection(line); ranges.has_value())
    for (const KeyRange& range : *ranges) HW_CHECK(range.from.size() <= line.size() + 2);
  (void)parse_time(line);
  const auto parsed = parse_command(kCommands, line);
  if (!parsed.has_value()) {
    HW_CHECK(parsed.error().id == MsgId::CLIERR);
    return 0;
  }
  HW_CHECK(parse_command(kCommands, parsed->line()).has_value());
  for (const auto& row : parsed->grammar().qualifiers) {
    HW_CHECK(!(parsed->has(row.name) && parsed->negated(row.name)));
    (void)parsed->number(row.name);
    HW_CHECK(parsed->list(row.name).empty() == parsed->value(row.name).empty());
  }
  (void)parse_source_start(*parsed, nullptr).has_value();
  (void)parse_source_freeze(*parsed).has_value();
  (void)parse_receiver_start(*parsed).has_value();
  (void)parse_field_change(*parsed).has_value();
  (void)parse_connect_parameters(line).has_value();
  (void)parse_host_port(line).has_value();
  (void)selection_of(*parsed).has_value();
  (void)redirections_of(*parsed).has_value();
  return 0;
}
