// Any bytes as a control file: opening and reading it give a state, and a state that was read is the same when it has
// been written.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "engine/region/control_file.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"
#include "test/support/journal_files.h"

HW_FUZZ_SHAPE(hw::fuzz::seal_control_file)

namespace {

/// Each write of a control file is synced: ten thousand of them take minutes on a busy disk, and nothing in memory.
bool use_memory() { return ::access("/dev/shm", W_OK) == 0 && ::setenv("TMPDIR", "/dev/shm", 1) == 0; }

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hw;
  [[maybe_unused]] static const bool in_memory = use_memory();
  static const test::TestFolder folder;
  const std::string database = folder.file("a.dat");
  test::write_file(database, "");  // Whose identity is compared with that in the control file.
  test::write_file(database + "-ctl", fuzz::text_of(data, size));
  const auto control = ControlFile::open(database);
  HW_CHECK(control.has_value());
  const auto state = control->read();
  HW_CHECK(state.has_value());
  HW_CHECK(control->write(*state).has_value());
  const auto again = control->read();
  HW_CHECK(again.has_value() && !again->fresh);
  HW_CHECK(again->database_id == state->database_id && again->boot == state->boot && again->clean == state->clean);
  HW_CHECK(again->pool_id == state->pool_id && again->pool_uid == state->pool_uid);
  HW_CHECK(again->instance_file == state->instance_file);
  return 0;
}
