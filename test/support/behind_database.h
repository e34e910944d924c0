/// test/support/behind_database.h -- a journaled database whose processes are children, because LMDB does not allow a
/// file twice in one process, and what its journal says of a node.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/commit/domain.h"
#include "engine/session/session.h"
#include "journal/reader.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"
#include "test/support/shared_stage.h"

namespace hw::test {

class BehindDatabase : public testing::Test {
 protected:
  BehindDatabase() {
    EXPECT_EQ(in_child({}, [&] { scratch_.enable_journaling(); }), 0);
  }

  static std::string node(std::uint64_t i) { return key("a", {std::to_string(i)}); }

  /// A child with the database open, in `database_`, and a session: started, or waited for.
  using Body = std::function<void(Session&)>;
  pid_t start_session(const Body& body, const Variables& environment = {}, bool background = false) {
    return start_child(environment, [&] {
      database_ = scratch_.open(background);
      {
        Session session(*database_);
        body(session);
      }
      database_.reset();
    });
  }
  int in_session(const Body& body, const Variables& environment = {}) {
    return hw::test::wait_for(start_session(body, environment));
  }

  /// From here on this child is another user, who may read the database and not write it.
  void become_reader() const {
    const std::string path = scratch_.database_path("DEFAULT");
    HW_CHECK(::chmod(scratch_.folder().c_str(), 0777) == 0 && ::chmod(path.c_str(), 0444) == 0 &&
             ::chmod((path + "-ctl").c_str(), 0666) == 0 && ::chmod((path + "-lock").c_str(), 0666) == 0);
    HW_CHECK(::setresuid(65534, 65534, 65534) == 0);
  }

  /// Regions that are behind, or alone (engine/commit/in_place.h).
  std::uint64_t behind() const { return must(database_->domain())->header().regions_behind.load(); }

  /// Old and new values of a node, as the region's journal has them.
  std::vector<std::pair<std::string, std::string>> journaled(const std::string& node) const {
    std::vector<std::pair<std::string, std::string>> found;
    JournalReader reader = must(JournalReader::open(scratch_.journal_path("DEFAULT")));
    Record record;
    while (must(reader.next(record))) {
      TransactionBody body;
      if (record.header.type != RecordType::Transaction || !decode_transaction(record.body, body)) continue;
      for (const JournalUpdate& one : transaction_updates(body))
        if (one.update.key == node)
          found.emplace_back(one.old_kind == OldKind::Inline ? std::string(one.old_value) : std::string("none"),
                             std::string(one.update.value));
    }
    return found;
  }

  ScratchDatabase scratch_;
  SharedStage stage_;
  std::unique_ptr<Database> database_;  ///< in a child
};

}  // namespace hw::test
