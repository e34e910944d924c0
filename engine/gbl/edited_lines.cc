// Lines edited by libedit on the terminal: history, and completion with Tab.
#include <cstdlib>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/gbl/shell.h"

#ifdef HW_LINE_EDITING

#include <histedit.h>

namespace hw::gbl {
namespace {

constexpr int kHistoryLines = 1000;

class EditedLines : public LineSource {
 public:
  explicit EditedLines(std::function<std::vector<std::string>()> globals) : globals_(std::move(globals)) {
    editor_ = el_init("gbl", stdin, stdout, stderr);
    history_ = history_init();
    if (editor_ == nullptr || history_ == nullptr) return;
    HistEvent event;
    history(history_, &event, H_SETSIZE, kHistoryLines);
    history(history_, &event, H_SETUNIQUE, 1);
    if (const char* home = std::getenv("HOME"); home != nullptr) file_ = std::string(home) + "/.gbl_history";
    // The first session has no history yet.
    if (!file_.empty()) history(history_, &event, H_LOAD, file_.c_str());
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, prompt_of);
    el_set(editor_, EL_SIGNAL, 1);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_ADDFN, "complete", "Completes statements and globals", complete);
    el_set(editor_, EL_BIND, "^I", "complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(editor_, nullptr);
  }

  ~EditedLines() override {
    HistEvent event;
    // A history that cannot be kept is no reason to fail what the user came for.
    if (history_ != nullptr && !file_.empty()) history(history_, &event, H_SAVE, file_.c_str());
    if (history_ != nullptr) history_end(history_);
    if (editor_ != nullptr) el_end(editor_);
  }
  EditedLines(const EditedLines&) = delete;
  EditedLines& operator=(const EditedLines&) = delete;

  bool is_ready() const { return editor_ != nullptr && history_ != nullptr; }

  Result<bool> next(std::string_view prompt, std::string& line) override {
    prompt_ = prompt;
    int count = 0;
    const char* typed = el_gets(editor_, &count);
    if (typed == nullptr && count < 0) return system_error("read()", "the terminal");
    if (typed == nullptr || count == 0) return false;
    line.assign(typed, static_cast<std::size_t>(count));
    if (line.ends_with('\n')) line.pop_back();
    if (line.size() > kStatementLineBytesMax)
      return make_error<MsgId::HWSTATEMENT>(line.size(), "the line is too long");
    HistEvent event;
    if (!line.empty()) history(history_, &event, H_ENTER, line.c_str());
    return true;
  }

 private:
  static EditedLines& self(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<EditedLines*>(data);
  }
  static char* prompt_of(EditLine* editor) { return self(editor).prompt_.data(); }

  static unsigned char complete(EditLine* editor, int) {
    const LineInfo* info = el_line(editor);
    const std::string_view before(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
    const auto found = completions(before, self(editor).globals_());
    if (found.empty()) return CC_ERROR;
    const std::string common = common_beginning(found);
    const std::size_t typed = before.size() - word_begin(before);
    if (common.size() > typed) return el_insertstr(editor, common.c_str() + typed) == 0 ? CC_REFRESH : CC_ERROR;
    if (found.size() == 1) return CC_NORM;
    std::fputc('\n', stdout);
    for (const std::string& name : found) std::fprintf(stdout, "%s  ", name.c_str());
    std::fputc('\n', stdout);
    return CC_REDISPLAY;
  }

  std::function<std::vector<std::string>()> globals_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
  std::string file_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<LineSource> edited_lines(std::function<std::vector<std::string>()> globals) {
  auto lines = std::make_unique<EditedLines>(std::move(globals));
  return lines->is_ready() ? std::move(lines) : nullptr;
}

}  // namespace hw::gbl

#else

namespace hw::gbl {

std::unique_ptr<LineSource> edited_lines(std::function<std::vector<std::string>()>) { return nullptr; }

}  // namespace hw::gbl

#endif
