#include "test/support/scratch_database.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "engine/admin/region_settings.h"
#include "engine/base/check.h"
#include "test/support/must.h"

namespace hw::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

ScratchDatabase::ScratchDatabase(const std::vector<std::string>& regions) {
  std::string name = (std::filesystem::temp_directory_path() / "headwater-test-XXXXXX").string();
  HW_CHECK(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  GlobalDirectoryContents contents = GlobalDirectoryContents::defaults();
  contents.segments[0].file_name = database_path("DEFAULT");
  contents.regions[0].key_size = kKeySizeMax;
  contents.regions[0].record_size = 1 << 20;
  for (const std::string& region : regions) {
    Segment segment = contents.segments[0];
    segment.name = region;
    segment.file_name = database_path(region);
    contents.segments.push_back(segment);
    Region definition = contents.regions[0];
    definition.name = region;
    definition.dynamic_segment = region;
    contents.regions.push_back(definition);
    contents.names.push_back({lower(region) + "*", region});
  }
  GlobalDirectory directory = must(GlobalDirectory::build(contents, directory_path()));
  must(directory.save(directory_path()));
  for (const Region& region : directory.regions()) must(create_database(directory, region));
}

ScratchDatabase::~ScratchDatabase() {
  std::error_code ignored;  // A folder left behind fails no test.
  std::filesystem::remove_all(folder_, ignored);
}

std::string ScratchDatabase::database_path(const std::string& region) const {
  return folder_ + "/" + lower(region) + ".dat";
}

void ScratchDatabase::enable_journaling(bool replicate, std::uint64_t autoswitch_bytes) const {
  const GlobalDirectory directory = must(GlobalDirectory::load(directory_path()));
  SettingsRequest request;
  request.journal = JournalRequest{};
  request.journal->enable = true;
  request.journal->autoswitch_bytes = autoswitch_bytes;
  if (replicate) request.replication = true;
  for (const Region& region : directory.regions()) {
    const auto access = must(RegionAccess::take(directory.database_path(region), &region));
    (void)must(change_settings(*access, request));
  }
}

std::string ScratchDatabase::journal_path(const std::string& region) const {
  return folder_ + "/" + lower(region) + ".mjl";
}

std::unique_ptr<Database> ScratchDatabase::open(bool background) const {
  DatabaseOptions options;
  options.global_directory = directory_path();
  options.background = background;
  return must(Database::open(options));
}

std::string key(const std::string& global, const std::vector<std::string>& subscripts) {
  return must(encode_key(global, subscripts));
}

}  // namespace hw::test
