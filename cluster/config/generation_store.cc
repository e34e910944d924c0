#include "cluster/config/generation_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "cluster/config/finding.h"
#include "cluster/config/names.h"
#include "cluster/config/sha256.h"
#include "engine/base/ascii.h"
#include "engine/base/file.h"
#include "engine/base/file_kind.h"
#include "engine/base/limits.h"
#include "engine/base/sync_point.h"
#include "engine/base/text.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kTextEnd = ".toml";

/// Digits as we write them: no sign, no zero in front.
std::optional<std::uint64_t> number_of(std::string_view text) {
  const auto number = whole_number<std::uint64_t>(text);
  return number.value_or(0) != 0 && std::to_string(*number) == text ? number : std::nullopt;
}

/// Everybody may enter it, whatever the umask: the agent's socket is there, and who may do what is told by the peer's
/// uid.
Status make_folder(const std::string& path) {
  constexpr mode_t kMode = 0755;
  if (::mkdir(path.c_str(), kMode) == 0) {
    if (::chmod(path.c_str(), kMode) != 0) return system_error("chmod()", path);
    return sync_folder_at(SyncPoint::ConfigFolderName, path);
  }
  const int reason = errno;
  std::error_code ignored;
  if (reason == EEXIST && std::filesystem::is_directory(path, ignored)) return {};
  return system_error("mkdir()", path, reason);
}

/// A small file; none when it is not there.
Result<std::optional<std::string>> read_if_there(const std::string& path, std::uint64_t bytes_max) {
  auto text = read_file(path, bytes_max);
  if (text.has_value()) return std::optional(std::move(*text));
  if (text.error().os_errno == ENOENT) return std::optional<std::string>();
  if (text.error().os_errno == EFBIG) return bad_key(path, "damaged: too long");
  return std::move(text).error();
}

/// A file that holds a number and a newline.
Result<std::optional<std::uint64_t>> read_number(const std::string& path) {
  constexpr std::uint64_t kBytesMax = 32;
  HW_TRY(const auto text, read_if_there(path, kBytesMax));
  if (!text.has_value()) return std::optional<std::uint64_t>();
  const auto number =
      text->ends_with('\n') ? number_of(std::string_view(*text).substr(0, text->size() - 1)) : std::nullopt;
  if (!number.has_value()) return bad_key(path, fmt::format("damaged: \"{}\" is no generation", shown(*text)));
  return number;
}

}  // namespace

std::string GenerationRow::state() const {
  std::string out = current && running ? "current, running" : current ? "current" : running ? "running" : "stored";
  return damage.has_value() ? out + ", damaged" : out;
}

Result<GenerationStore> GenerationStore::open(const std::string& dir) {
  HW_TRY_VOID(make_folder(dir + "/config"));
  HW_TRY_VOID(make_folder(dir + "/run"));
  return GenerationStore(dir);
}

std::string GenerationStore::text_path(std::uint64_t number) const {
  return fmt::format("{}/config/{}{}", dir_, number, kTextEnd);
}

std::string GenerationStore::note_path(std::uint64_t number) const {
  return fmt::format("{}/config/{}.note", dir_, number);
}

Status GenerationStore::put(const Generation& generation) const {
  HW_CHECK(generation.number > 0 && generation.text.size() <= kDomainTextBytesMax);
  const std::string path = text_path(generation.number);
  if (file_exists(path)) {
    const auto former = read(generation.number);
    if (!former.has_value() && former.error().id != MsgId::HWCFGBAD) return former.error();
    if (former.has_value() && former->text == generation.text) return {};
    if (former.has_value() || !is_note_of(generation)) HW_TRY_VOID(check_unused(generation.number));
    // With the new note beside it the former text would be called damaged.
    HW_TRY_VOID(remove_replaceable(path));
  }
  HW_TRY_VOID(replace_file(note_path(generation.number), encode_note(generation)));
  return replace_file(path, generation.text);
}

bool GenerationStore::is_note_of(const Generation& generation) const {
  const auto note = read_note(generation.number);
  return !note.has_value() || note->sha256 == generation.sha256;
}

Status GenerationStore::put_named(const std::string& name, std::string_view text) const {
  if (const std::string why = refuse_name(name); !why.empty()) return bad_key(name, why);
  if (std::ranges::all_of(name, is_digit)) return bad_key(name, "digits alone are the number of a generation");
  return replace_file(fmt::format("{}/config/{}{}", dir_, name, kTextEnd), text);
}

Result<Generation> GenerationStore::read_note(std::uint64_t number) const {
  const std::string path = note_path(number);
  HW_TRY(const auto note, read_if_there(path, kGenerationNoteBytesMax));
  if (!note.has_value()) return bad_key(path, "missing");
  HW_TRY(Generation generation, decode_note(*note, path));
  if (generation.number != number) return bad_key(path, fmt::format("damaged: it is of {}", generation.number));
  return generation;
}

Result<Generation> GenerationStore::read(std::uint64_t number) const {
  const std::string path = text_path(number);
  HW_TRY(auto text, read_if_there(path, kDomainTextBytesMax));
  if (!text.has_value()) return bad_key(path, "missing");
  HW_TRY(Generation generation, read_note(number));
  if (sha256(*text) != generation.sha256) return bad_key(path, "damaged: its SHA-256 does not agree");
  generation.text = std::move(*text);
  return generation;
}

Status GenerationStore::check_unused(std::uint64_t number) const {
  HW_TRY(const auto now, current());
  HW_TRY(const auto runs, running());
  if (runs == number) return bad_key(text_path(number), "runs, and has another text");
  if (now.has_value() && number <= *now)
    return bad_key(text_path(number), fmt::format("generation {} is current, what is not above it stays", *now));
  return {};
}

Status GenerationStore::drop(std::uint64_t number) const {
  HW_TRY_VOID(check_unused(number));
  HW_TRY_VOID(remove_replaceable(text_path(number)));
  return remove_replaceable(note_path(number));
}

Result<std::optional<std::uint64_t>> GenerationStore::current() const { return read_number(current_path()); }

Status GenerationStore::make_current(std::uint64_t number) const {
  HW_TRY_VOID(read(number));
  return replace_file(current_path(), fmt::format("{}\n", number));
}

Result<std::optional<std::uint64_t>> GenerationStore::running() const { return read_number(running_path()); }

Status GenerationStore::set_running(std::optional<std::uint64_t> number) const {
  if (!number.has_value()) return remove_replaceable(running_path());
  return replace_file(running_path(), fmt::format("{}\n", *number));
}

Result<std::vector<std::uint64_t>> GenerationStore::numbers() const {
  std::vector<std::uint64_t> out;
  std::error_code failure;
  const std::string folder = dir_ + "/config";
  for (auto at = std::filesystem::directory_iterator(folder, failure);
       !failure && at != std::filesystem::directory_iterator(); at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (!name.ends_with(kTextEnd)) continue;
    if (const auto number = number_of(std::string_view(name).substr(0, name.size() - kTextEnd.size())))
      out.push_back(*number);
  }
  if (failure) return system_error("readdir()", folder, failure.value());
  std::ranges::sort(out);
  return out;
}

Result<std::vector<GenerationRow>> GenerationStore::list() const {
  HW_TRY(const auto all, numbers());
  const auto now = current();
  const auto runs = running();
  std::vector<GenerationRow> out;
  for (const std::uint64_t number : all) {
    GenerationRow row;
    row.current = now.has_value() && *now == number;
    row.running = runs.has_value() && *runs == number;
    if (auto read_it = read(number); read_it.has_value()) {
      row.generation = std::move(*read_it);
      row.generation.text.clear();
    } else {
      row.generation.number = number;
      row.damage = std::move(read_it).error();
    }
    out.push_back(std::move(row));
  }
  return out;
}

Result<std::uint64_t> GenerationStore::highest() const {
  HW_TRY(const auto all, numbers());
  return all.empty() ? 0 : all.back();
}

Result<bool> GenerationStore::came_by_add(std::uint64_t from, std::uint64_t to) const {
  while (to > from) {
    HW_TRY(const Generation generation, read(to));
    if (generation.added_to == 0 || generation.added_to >= to) return false;
    to = generation.added_to;
  }
  return to == from;
}

}  // namespace hw::cluster
