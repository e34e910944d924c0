#include "engine/admin/whole_change.h"

#include <fcntl.h>

#include <algorithm>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/file.h"
#include "engine/base/sync_point.h"
#include "engine/recovery/checkpoint.h"
#include "engine/storage/page.h"
#include "journal/backward_reader.h"

namespace hw {
namespace {

/// Later than all that a journal in use has, whatever the clock says. One that cannot be read is to be replaced all the
/// same: no transaction will be added to it.
std::uint64_t time_after(const RegionHeader& header, bool has_journal) {
  const std::uint64_t now = wall_clock_us();
  if (!has_journal) return now;
  const auto last = journal_time_at(header.journal_path, header.offset, header.last_record_bytes);
  return last.has_value() ? std::max(now, *last + 1) : now;
}

JournalFileHeader file_header(const WholeChange& change, const OpenRegion& region, RegionTn first_tn,
                              std::uint64_t now_us) {
  const RegionHeader& header = change.next;
  JournalFileHeader file;
  file.replicated = header.replicated;
  file.database_id = header.database_id;
  file.generation = header.generation;
  file.created_us = now_us;
  file.first_seqno = header.reg_seqno;
  file.first_tn = first_tn;
  file.autoswitch_bytes = header.journal_autoswitch;
  file.allocation_bytes = header.journal_allocation;
  file.extension_bytes = header.journal_extension;
  file.region = header.name;
  file.database_path = region.path;
  file.previous_path = change.previous;
  file.undone = header.undone;
  return file;
}

/// The files of the journal before and after, and the way back.
class JournalSwap {
 public:
  JournalSwap(const WholeChange& change, const RegionHeader& old)
      : change_(change), old_(old), now_us_(time_after(old, !change.closes.empty())) {}

  /// The new file, complete, under its temporary name; room for the record that ends the former one.
  Status prepare(const OpenRegion& region, RegionTn first_tn) {
    if (change_.new_journal) {
      HW_TRY_VOID(prepare_successor(change_.next.journal_path, file_header(change_, region, first_tn, now_us_)));
      prepared_ = true;
    }
    if (change_.closes.empty()) return {};
    HW_TRY(const File file, File::open(change_.closes, O_RDWR));
    return file.allocate(old_.offset, kRecordHeaderBytes);
  }

  Status carry_out(RegionTn last_tn) {
    if (!change_.closes.empty()) {
      closed_ = true;  // Half of it has to be taken back, too.
      HW_TRY_VOID(
          close_journal_file(change_.closes, {old_.offset, old_.reg_seqno, last_tn, now_us_}, old_.last_record_bytes));
    }
    if (!change_.renamed_to.empty()) {
      HW_TRY_VOID(rename_file(change_.next.journal_path, change_.renamed_to));
      renamed_ = true;
    }
    fail_here(FailPoint::SettingsJournalRenamed);
    if (!change_.new_journal) return {};
    HW_TRY_VOID(rename_file(successor_name(change_.next.journal_path), change_.next.journal_path));
    named_ = true;
    return sync_folder_at(SyncPoint::SettingsJournalName, change_.next.journal_path);
  }

  /// In the other direction; durable on return.
  Status take_back() {
    const std::string& path = change_.next.journal_path;
    if (named_) HW_TRY_VOID(rename_file(path, successor_name(path)));
    if (renamed_) HW_TRY_VOID(rename_file(change_.renamed_to, path));
    if (closed_) HW_TRY_VOID(reopen_journal_file(change_.closes, old_.offset, old_.undone));
    if (prepared_) HW_TRY_VOID(remove_file(successor_name(path)));
    if (prepared_) HW_TRY_VOID(sync_folder_at(SyncPoint::SettingsJournalName, path));
    prepared_ = closed_ = renamed_ = named_ = false;
    return {};
  }

 private:
  const WholeChange& change_;
  const RegionHeader& old_;
  const std::uint64_t now_us_;
  bool prepared_ = false;
  bool closed_ = false;
  bool renamed_ = false;
  bool named_ = false;
};

class Change {
 public:
  Change(RegionAccess& access, const WholeChange& change)
      : access_(access),
        region_(access.region()),
        change_(change),
        old_(access.region().header),
        journals_(change, old_) {}

  Status run() {
    if (Status ready = prepare(); !ready.has_value()) {
      (void)journals_.take_back();  // A file that nobody names; the first failure is the one to report.
      put_image_back();
      return ready;
    }
    fail_here(FailPoint::SettingsPrepared);
    if (Status decided = decide(); !decided.has_value()) {
      // What cannot be taken back leaves it to the next opener, who goes forward.
      if (!journals_.take_back().has_value()) return decided;
      if (!access_.write_state(ControlState::closed(old_.database_id)).has_value()) return decided;
      put_image_back();
      return decided;
    }
    if (change_.anew) HW_TRY_VOID(make_live_file());
    HW_TRY_VOID(sync_at(SyncPoint::SettingsLive, region_.environment));
    HW_TRY_VOID(access_.write_state(ControlState::closed(change_.next.database_id)));
    // Unjournaled, the image would age; the next opener removes it when this does not happen.
    if (change_.next.journal_state != JournalState::On) return remove_file(image_path(region_.path));
    return {};
  }

 private:
  Status prepare() {
    if (!change_.anew) {
      HW_TRY_VOID(journals_.prepare(region_, region_.environment.last_tn()));
      HW_TRY_VOID(build_image(region_, change_.next));
      is_image_new_ = true;
      return {};
    }
    // With the header of now: if the rest finds no room, this is a good image of the region.
    HW_TRY_VOID(build_image(region_, old_));
    is_image_new_ = true;
    RegionTn last_tn;
    {
      HW_TRY(const Environment image, Environment::open(image_path(region_.path), Environment::Mode::Image));
      last_tn = RegionTn{image.last_tn().value + 1};  // With the new header in it.
      live_bytes_ = image.used_bytes();
    }
    HW_TRY_VOID(reserve_live_file());
    HW_TRY_VOID(journals_.prepare(region_, last_tn));
    return write_image_header(region_.path, change_.next);
  }

  /// Space for all of the image in the live file, whose content stays.
  Status reserve_live_file() {
    HW_TRY(const File image, File::open(image_path(region_.path), O_RDONLY));
    HW_TRY(const std::uint64_t image_bytes, image.size());
    constexpr std::uint64_t kHeaderPages = 8;  // What the new header may add.
    live_bytes_ = std::max(live_bytes_, image_bytes) + kHeaderPages * kPageBytes;
    HW_TRY(const File live, File::open(region_.path, O_RDWR));
    return live.allocate(0, live_bytes_);
  }

  /// Steps 2 and 3 and, of step 4, what can fail for want of room.
  Status decide() {
    HW_TRY_VOID(access_.write_state(ControlState::changing(old_.database_id)));
    fail_here(FailPoint::SettingsDecided);
    HW_TRY_VOID(journals_.carry_out(region_.environment.last_tn()));
    if (change_.anew) return {};
    region_.header = change_.next;
    Status written = region_.write_header();  // One commit: it is there, or nothing of it.
    if (!written.has_value()) region_.header = old_;
    return written;
  }

  /// The former header for the image that was made; where that fails, the next opener sees to it. One that was not
  /// made may be of an earlier place, and keeps its header.
  void put_image_back() const {
    if (!is_image_new_) return;
    if (old_.journal_state == JournalState::On)
      (void)write_image_header(region_.path, old_);
    else
      (void)remove_file(image_path(region_.path));
  }

  Status make_live_file() {
    region_.environment = {};
    HW_TRY_VOID(restore_image(region_.path));
    HW_TRY_VOID(cut_live_file());
    return region_.open_environment(Environment::Mode::LiveWriter);
  }

  /// To what the image takes, and some room to go on.
  Status cut_live_file() const {
    HW_TRY(const File file, File::open(region_.path, O_RDWR));
    HW_TRY(const std::uint64_t live, file.size());
    constexpr std::uint64_t kRoomMin = 1 << 20;
    const std::uint64_t room =
        std::max({std::uint64_t{change_.next.extension_blocks} * kPageBytes, live_bytes_ / 8, kRoomMin});
    const std::uint64_t target = (live_bytes_ + room + kPageBytes - 1) / kPageBytes * kPageBytes;
    if (target >= live) return {};
    HW_TRY_VOID(file.truncate(target));
    return sync_at(SyncPoint::CutLive, file);
  }

  RegionAccess& access_;
  OpenRegion& region_;
  const WholeChange& change_;
  const RegionHeader old_;
  JournalSwap journals_;
  bool is_image_new_ = false;
  std::uint64_t live_bytes_ = 0;  ///< when it is rebuilt: that the image needs in the live file
};

}  // namespace

Status make_whole_change(RegionAccess& access, const WholeChange& change) {
  HW_CHECK(access.is_alone() && access.state().clean);
  return Change(access, change).run();
}

}  // namespace hw
