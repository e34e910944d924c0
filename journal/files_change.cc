#include "journal/files_change.h"

namespace hw {

FilesChange::~FilesChange() {
  if (!ended_) (void)undo_all();  // Left by an exception, which says why.
}

Status FilesChange::undo_all() {
  ended_ = true;
  while (!undo_.empty()) {
    HW_TRY_VOID(undo_.back()());
    undo_.pop_back();
  }
  mark_change(region_, 0);
  return {};
}

Error FilesChange::take_back(Error why) {
  const Status undone = undo_all();
  if (undone.has_value())
    return std::move(why.note(fmt::format("Journal file {} stays in use", region_.journal.view())));
  Error damaged = make_error<MsgId::HWPOOLDAMAGED>(
      region_.database.view(), "a change of its journal file could be neither completed nor taken back");
  return std::move(damaged.because(why).because(undone.error()));
}

void FilesChange::done() {
  ended_ = true;
  mark_change(region_, 0);
}

}  // namespace hw
