#include "cluster/agent/lease_note.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cluster/board/board_fields.h"
#include "cluster/board/envelope.h"
#include "cluster/board/json_archive.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

struct NoteFields {
  std::uint64_t run = 0;
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
};

template <typename A>
void visit_fields(A& a, Visited<A, NoteFields>& note) {
  a("run", note.run);
  a("number", note.number);
  a("epoch", note.epoch);
}

constexpr Envelope kNote{"note", kStoreRecordBytesMax};

}  // namespace

std::string encode_note(const lease::Note& note) {
  const NoteFields fields{note.serial.run, note.serial.number, note.epoch};
  return close_envelope(kNote, dump(JsonWriter::to_json(fields)));
}

Result<lease::Note> decode_note(std::string_view text, std::string_view where) {
  std::string_view body;
  NoteFields fields;
  auto fault = open_envelope(kNote, text, body);
  if (!fault) fault = read_json(body, kBoardBounds, fields);
  if (fault) return make_error<MsgId::HWBOARDBAD>(where, *fault);
  return lease::Note{{fields.run, fields.number}, fields.epoch};
}

Result<std::optional<lease::Note>> LeaseNote::read() const {
  auto text = read_file(path_, kStoreRecordBytesMax);
  if (!text.has_value()) {
    if (text.error().os_errno == ENOENT) return std::optional<lease::Note>();
    return std::move(text).error();
  }
  HW_TRY(const lease::Note note, decode_note(*text, path_));
  return std::optional(note);
}

Status LeaseNote::write(const lease::Note& note) const {
  std::error_code fault;
  std::filesystem::create_directories(folder_, fault);
  if (fault) return system_error("mkdir()", folder_, fault.value());
  return replace_file(path_, encode_note(note));
}

Status LeaseNote::drop() const {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) return system_error("unlink()", path_);
  return sync_folder_of(path_);
}

}  // namespace hw::cluster
