// Any text as commands for gde: they end, and a global directory that was written can be read.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "engine/gde/session.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/journal_files.h"

namespace {

/// Files that the commands name are made in this folder, which is empty again before each input.
void enter_folder() {
  static const hw::test::TestFolder folder;
  HW_CHECK(::chdir(folder.path().c_str()) == 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) std::filesystem::remove_all(entry);
  ::setenv("gtmgbldir", folder.file("fuzz.gld").c_str(), 1);
}

}  // namespace

HW_FUZZ_SHAPE(nullptr, hw::fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text = hw::fuzz::text_of(data, size);
  for (char& c : text)
    if (c == '/' || c == '$' || c == '~') c = '_';  // So that no other folder is named.
  enter_folder();
  std::istringstream in(text);
  std::ostringstream out, err;
  hw::gde::Session session(out, err);
  (void)session.run(in, "");
  if (std::filesystem::exists("fuzz.gld")) HW_CHECK(hw::GlobalDirectory::load("fuzz.gld").has_value());
  return 0;
}
