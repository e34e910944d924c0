// Any line at dse's prompt: never a crash. A line that is accepted is accepted again as it was understood; commands
// that only look are carried out on a small database.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "dse/dispatch.h"
#include "dse/grammars.h"
#include "dse/node_argument.h"
#include "engine/session/session.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/scratch_database.h"

namespace {

using namespace hw;

class Prompt {
 public:
  Prompt() {
    ::setenv("gtmgbldir", scratch_.directory_path().c_str(), 1);
    ::unsetenv("gtm_repl_instance");
    const auto database = scratch_.open();
    hw::Session session(*database);
    for (int i = 0; i < 200; ++i)
      HW_CHECK(session.set(test::key("a", {std::to_string(i)}), std::string(40, 'v')).has_value());
    HW_CHECK(session.set(test::key("big", {"1"}), std::string(9000, 'w')).has_value());
  }
  void run(std::string_view line) {
    dse::Session session;
    HW_CHECK(session.open().has_value());
    std::istringstream in;
    std::ostringstream out, err;
    dse::Console console{in, out, err};
    (void)dse::run_line(line, session, console);
  }

 private:
  test::ScratchDatabase scratch_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_command(dse::command_grammars(), line);
  if (!parsed.has_value()) return 0;
  HW_CHECK(parse_command(dse::command_grammars(), parsed->line()).has_value());
  for (const auto nulls : {NullCollation::Standard, NullCollation::Gtm}) {
    if (!parsed->has("KEY")) break;
    if (const auto key = dse::key_of_argument(*parsed, nulls); key.has_value())
      HW_CHECK(decode_key(*key, nulls).has_value());
  }
  const Grammar* const command = &parsed->command();
  if (command != &dse::kDump && command != &dse::kFind && command != &dse::kEvaluate) return 0;
  static Prompt prompt;
  prompt.run(line);
  return 0;
}
