// The one list of labels (engine/base/file_kind.cc) knows what each module writes.
#include "engine/base/file_kind.h"

#include <gtest/gtest.h>

#include "engine/backup/increment.h"
#include "engine/extract/binary_extract.h"
#include "engine/extract/extract.h"
#include "engine/extract/extract_line.h"
#include "engine/globals/global_directory.h"
#include "engine/region/backup_marks.h"
#include "engine/region/open_region.h"
#include "engine/storage/lmdb.h"
#include "replic/instance/instance_layout.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

FileKind kind_of_text(std::string_view text) { return kind_of_bytes(as_bytes(text)); }

TEST(FileKind, TextAndLabelsOfEachFormatAreKnown) {
  IncrementHeader increment;
  increment.to = Seqno{1};
  EXPECT_EQ(kind_of_bytes(encode_increment_header(increment)), FileKind::Increment);
  EXPECT_EQ(kind_of_bytes(encode_backup_marks({})), FileKind::BackupMarks);
  EXPECT_EQ(kind_of_text(kInstanceLabel), FileKind::Instance);
  EXPECT_EQ(kind_of_text(kDualSiteLabel), FileKind::Instance);
  EXPECT_EQ(kind_of_text(GlobalDirectory::kLabel), FileKind::GlobalDirectory);
  EXPECT_EQ(kind_of_text(extract_label(ExtractLayout::V5)), FileKind::JournalExtract);
  EXPECT_EQ(kind_of_text(kDetailLabel), FileKind::JournalExtract);
  EXPECT_EQ(kind_of_text(kExtractLabel), FileKind::Extract);
  EXPECT_EQ(kind_of_text(kBinaryExtractLabel), FileKind::Extract);
  EXPECT_EQ(kind_of_text(std::string(10'000, '\0')), FileKind::Zeros);
  EXPECT_EQ(kind_of_text(""), FileKind::Empty);
  EXPECT_EQ(kind_of_text("a letter"), FileKind::Other);
}

TEST(FileKind, FilesOfADatabaseAreKnown) {
  const test::ScratchDatabase scratch;
  scratch.enable_journaling();
  const auto database = scratch.open();
  const std::string path = scratch.database_path("DEFAULT");
  EXPECT_EQ(kind_of_file(path).value(), FileKind::Database);
  EXPECT_EQ(kind_of_file(image_path(path)).value(), FileKind::Database);
  EXPECT_EQ(kind_of_file(path + "-ctl").value(), FileKind::Control);
  EXPECT_EQ(kind_of_file(lock_path(path)).value(), FileKind::DatabaseLock);
  EXPECT_EQ(kind_of_file(scratch.journal_path("DEFAULT")).value(), FileKind::Journal);
  EXPECT_EQ(kind_of_file(scratch.directory_path()).value(), FileKind::GlobalDirectory);
}

}  // namespace
}  // namespace hw
