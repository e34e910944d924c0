// extract: globals from the database into a file, which is on disk when the command has succeeded.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <streambuf>

#include "engine/base/new_file.h"
#include "engine/base/output_path.h"
#include "engine/base/shared_memory.h"
#include "engine/base/sync_point.h"
#include "engine/base/text.h"
#include "engine/extract/extract.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"
#include "mupip/file_argument.h"

namespace hw::mupip {
namespace {

Result<ExtractFormat> wanted_format(const ParsedCommand& command, Charset charset) {
  const auto& format = command.keywords("FORMAT");
  if (!format.empty() && !format.is_one_word()) return value_error("Extract error: bad format type");
  if (format.has("BINARY")) return ExtractFormat::Binary;
  if (!format.has("GO")) return ExtractFormat::Zwr;
  if (charset == Charset::Utf8)
    return value_error("Extract error: GO format is not supported in UTF-8 mode. Use ZWR format.");
  return ExtractFormat::Go;
}

Result<std::vector<std::size_t>> wanted_regions(const ParsedCommand& command, const GlobalDirectory& directory) {
  std::vector<std::size_t> regions;
  for (const auto& name : command.list("REGION")) {
    if (name == "*") return std::vector<std::size_t>{};
    const auto* region = directory.find_region(name);
    if (region == nullptr) return no_action(make_error<MsgId::NOREGION>(name));
    regions.push_back(static_cast<std::size_t>(region - directory.regions().data()));
  }
  return regions;
}

/// For those who may read all of the databases.
Result<FileRights> rights_of_databases(const GlobalDirectory& directory) {
  std::vector<FileRights> models;
  for (const Region& region : directory.regions()) {
    const std::string path = directory.database_path(region);
    if (!file_exists(path)) continue;
    HW_TRY(models.emplace_back(), rights_of(path));
  }
  return models.empty() ? SharedMemory::own_rights() : common_rights(models);
}

Error not_made(const Error& why, const std::string& path) {
  if (why.os_errno == EEXIST) return no_action(make_error<MsgId::EXTRFILEXISTS>(path, "File exists"));
  Error error = make_error<MsgId::IONOTOPEN>().with_errno(why.os_errno);
  error.extra.push_back(fmt::format("MUPIP is not able to create extract file {} due to the above error", path));
  return error;
}

/// A stream into a file that has no name to open it by. The extract gives it large pieces.
class Output : public std::streambuf {
 public:
  explicit Output(const File& file) : file_(file) {}

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    const std::string_view piece(bytes, static_cast<std::size_t>(count));
    if (const Status written = file_.write_all(at_, as_bytes(piece)); !written.has_value()) {
      errno = written.error().os_errno;
      return 0;
    }
    at_ += piece.size();
    return count;
  }
  int_type overflow(int_type one) override {
    if (traits_type::eq_int_type(one, traits_type::eof())) return traits_type::not_eof(one);
    const char byte = traits_type::to_char_type(one);
    return xsputn(&byte, 1) == 1 ? one : traits_type::eof();
  }

 private:
  const File& file_;
  std::uint64_t at_ = 0;
};

Result<int> extract_to(Database& database, std::ostream& out, const std::string& name, const ExtractOptions& options,
                       Console& console) {
  const auto counts = extract(database, out, name, options, console.err);
  if (counts.has_value()) return 0;
  return counts.error().id == MsgId::SELECTSYNTAX ? no_action(counts.error()) : counts.error();
}

/// On disk under its name on return: whoever hears of success may remove the database. Errors: EXTRIOERR,
/// EXTRFILEXISTS.
Status settle(NewFile& output) {
  const auto refuse = [&](Error why) { return rename_error<MsgId::EXTRIOERR>(std::move(why), output.path()); };
  if (Status synced = sync_at(SyncPoint::ExtractContent, output.file()); !synced.has_value())
    return refuse(std::move(synced).error());
  if (const Status named = output.give_name(); !named.has_value()) return not_made(named.error(), output.path());
  Status folder = sync_folder_at(SyncPoint::ExtractName, output.path());
  if (folder.has_value()) return {};
  (void)remove_file(output.path());  // The first failure is the one to report.
  return refuse(std::move(folder).error());
}

Result<int> extract_to_file(Database& database, const std::string& path, const ExtractOptions& options,
                            Console& console) {
  const OutputPath to = output_path(path);
  if (const Status is_file = to.check_is_file(); !is_file.has_value()) return not_made(is_file.error(), path);
  HW_TRY(const FileRights model, rights_of_databases(database.directory()));
  auto output = NewFile::create(to.path, model, Likeness::Narrow);
  if (!output.has_value()) return not_made(output.error(), path);
  Output buffer(output->file());
  std::ostream stream(&buffer);
  auto result = extract_to(database, stream, path, options, console);
  if (result.has_value()) HW_TRY_VOID(settle(*output));
  return result;
}

/// In M mode GT.M passes over the qualifier; in UTF-8 mode an extract in UTF-8 is the only one there is here.
Status check_charset(std::string_view wanted, Charset mode, Console& console) {
  if (mode == Charset::M) {
    console.err << make_line<MsgId::TEXT>("Cannot use the -OCHSET qualifier. Continuing without it.") << '\n';
    return {};
  }
  const auto is = [&](Charset charset) { return equals_ignoring_case(wanted, charset_name(charset)); };
  if (is(Charset::Utf8) || is(Charset::M)) return {};
  return make_error<MsgId::BADCHSET>(wanted);
}

}  // namespace

Result<int> run_extract(const ParsedCommand& command, Console& console) {
  ExtractOptions options;
  HW_TRY(options.format, wanted_format(command, options.charset));
  if (const auto label = command.text("LABEL")) options.label = *label;
  if (const auto select = command.text("SELECT")) options.select = *select;
  options.log = !command.negated("LOG");
  options.time = std::time(nullptr);
  if (isatty(STDERR_FILENO) != 0) options.progress = &console.err;
  if (const auto charset = command.text("OCHSET")) HW_TRY_VOID(check_charset(*charset, options.charset, console));
  std::string path;
  if (command.has("STDOUT") && !command.parameters().empty())
    console.err << make_line<MsgId::TEXT>(fmt::format("{} is not written: the extract goes to standard output",
                                                      command.parameters().front()))
                << '\n';
  if (!command.has("STDOUT")) {
    HW_TRY(path, ask_parameter(command, 0, console.in, console.out));
    path = file_argument(path);
  }

  HW_TRY(const auto database, Database::open());
  HW_TRY(options.regions, wanted_regions(command, database->directory()));
  auto result = command.has("STDOUT") ? extract_to(*database, console.out, "standard output", options, console)
                                      : extract_to_file(*database, path, options, console);
  const auto closed = database->close();
  if (result.has_value() && !closed.has_value()) return closed.error();
  return result;
}

}  // namespace hw::mupip
