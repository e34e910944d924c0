/// test/support/temporary_database.h -- a global directory with its database files, in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/globals/node_key.h"
#include "engine/globals/zwr.h"
#include "engine/region/open_region.h"
#include "engine/session/database.h"
#include "test/support/journal_files.h"

namespace hw::test {

/// Databases of 255-byte keys and 4000-byte values, not journaled, opened and empty.
class TemporaryDatabase {
 public:
  /// `names`: patterns that go to regions R1, R2 … in order; all else is in DEFAULT.
  explicit TemporaryDatabase(const std::vector<std::string>& names = {}, bool std_null_collation = true) {
    auto contents = GlobalDirectoryContents::defaults();
    contents.regions.front().key_size = 255;
    contents.regions.front().record_size = 4000;
    contents.regions.front().std_null_collation = std_null_collation;
    contents.regions.front().null_subscripts = NullSubscripts::Always;
    contents.segments.front().file_name = folder_.file("default.dat");
    contents.segments.front().allocation = 1000;
    for (const auto& pattern : names) {
      auto region = contents.regions.front();
      auto segment = contents.segments.front();
      region.name = segment.name = "R" + std::to_string(contents.regions.size());
      region.dynamic_segment = segment.name;
      segment.file_name = folder_.file(segment.name + ".dat");
      contents.names.push_back({pattern, region.name});
      contents.regions.push_back(region);
      contents.segments.push_back(segment);
    }
    const auto directory = GlobalDirectory::build(contents, folder_.file("test.gld"));
    must(directory);
    must(directory->save(folder_.file("test.gld")));
    for (const auto& region : directory->regions()) must(create_database(*directory, region));
    auto opened =
        Database::open({.global_directory = folder_.file("test.gld"), .instance_file = {}, .background = false});
    must(opened);
    database_ = std::move(*opened);
    session_ = std::make_unique<Session>(*database_);
  }

  Database& database() { return *database_; }
  Session& session() { return *session_; }
  std::string file(const std::string& name) const { return folder_.file(name); }

  std::string key(std::string_view reference) {
    const auto name = parse_reference(reference);
    must(name);
    const auto encoded = encode_key(database_->directory(), name->global, name->subscripts);
    must(encoded);
    return *encoded;
  }
  void set(std::string_view reference, std::string_view value) { must(session_->set(key(reference), value)); }
  /// The value; `(none)` when the node has none.
  std::string get(std::string_view reference) {
    const auto value = session_->get(key(reference));
    must(value);
    return value->value_or("(none)");
  }

 private:
  template <typename R>
  static void must(const R& result) {
    if (result.has_value()) return;
    ADD_FAILURE() << result.error().render();
    std::abort();
  }

  TestFolder folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Session> session_;
};

}  // namespace hw::test
