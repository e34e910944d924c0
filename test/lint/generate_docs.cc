// Writes docs/messages.md, docs/limits.md and docs/exit-codes.md from the message catalogue and the limits, and
// docs/formats/journal-pool-fields.md from the journal pool's struct.
//
//   generate_docs <folder>           writes the files there
//   generate_docs --check <folder>   fails, naming them, when they differ from what it would write
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/message.h"
#include "journal/pool_fields.h"

namespace {

using namespace hw;

constexpr std::string_view kNote = "<!-- Written by test/lint/generate_docs.cc (target docs); do not edit. -->\n";

/// A sentence inside a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// A message's text with `…` where an argument stands.
std::string shown_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '{') {
      out += "…";
      text.remove_prefix(std::min(text.find('}') + 1, text.size()));
      continue;
    }
    out += cell(text.substr(0, 1) == "\t" ? " " : text.substr(0, 1));
    text.remove_prefix(1);
  }
  return out;
}

std::string_view severity_name(Severity severity) {
  constexpr std::string_view names[] = {"warning", "success", "error", "information", "fatal"};
  return names[static_cast<std::size_t>(severity)];
}

/// GT.M's code of a row, its severity included.
std::uint32_t code(const MessageRow& row) { return (row.number & ~7U) | static_cast<std::uint32_t>(row.severity); }

/// Sections of message.def, told from the comments between its rows: the first message of each.
struct Section {
  std::string title;
  std::string first;
};
std::vector<Section> sections() {
  std::vector<Section> found;
  std::ifstream in(HW_SOURCE_DIR "/engine/base/message.def");
  std::string line, title;
  while (std::getline(in, line)) {
    if (line.starts_with("// ---- ")) title = line.substr(8, line.find(" --", 8) - 8);
    if (title == "ours") title = "messages that GT.M does not have";
    if (!line.starts_with("MESSAGE(") || title.empty()) continue;
    const auto start = line.find(", ") + 2;
    found.push_back({title, line.substr(start, line.find(',', start) - start)});
    title.clear();
  }
  return found;
}

std::string messages_page() {
  std::string out = "# Messages\n\n";
  out += kNote;
  out +=
      "\nPrinted as `%GTM-<severity letter>-<NAME>, <text>`. The exit status is that of a command that ends with the "
      "message\n(its code modulo 256). `…` stands for an argument.\n";
  const auto groups = sections();
  auto group = groups.begin();
  for (const auto& row : message_catalogue()) {
    if (group != groups.end() && group->first == row.name) {
      out += fmt::format(
          "\n## {}{}\n\n| Message | Severity | Code | Exit status | Text | Cause | Action |\n"
          "|---|---|---|---|---|---|---|\n",
          static_cast<char>(std::toupper(static_cast<unsigned char>(group->title[0]))), group->title.substr(1));
      ++group;
    }
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.name, severity_name(row.severity), code(row),
                       exit_status(row.id, row.severity), shown_text(row.text), cell(row.cause), cell(row.action));
  }
  return out;
}

std::string limits_page() {
  std::string out = "# Limits\n\n";
  out += kNote;
  out +=
      "\nEvery bound in the product. Each is checked before memory or disk is used for what exceeds it.\n\n"
      "| Name | Value | Unit | Why |\n|---|---|---|---|\n";
#define HW_LIMIT(type, name, value, unit, reason) \
  out += fmt::format("| {} | {} | {} | {} |\n", #name, std::uint64_t{name}, unit, cell(reason));
  HW_LIMITS(HW_LIMIT)
#undef HW_LIMIT
  return out;
}

std::string exit_codes_page() {
  std::string out = "# Exit statuses\n\n";
  out += kNote;
  out +=
      "\n- 0: done. Information and warnings on the way do not change that.\n"
      "- A command that ends with a message exits with the message's code modulo 256, as GT.M's do; the table shows\n"
      "  which messages those are. Different messages may share a status: read the message, not only the number.\n"
      "- 77 is the answer of a command that may not look at what the instance's processes do (HWUNSEEN), whatever its "
      "last\n  message is: it says nothing of the instance. Nothing else has it.\n"
      "- 106 is a command line that does not parse (CLIERR); 250 a value that cannot be used (MUPCLIERR, after the "
      "line\n"
      "  that explains it).\n\n"
      "| Status | Messages (warnings, errors and fatal ones) |\n|---|---|\n";
  std::map<int, std::vector<std::string_view>> by_status;
  for (const auto& row : message_catalogue())
    if (row.severity == Severity::Warning || row.severity == Severity::Error || row.severity == Severity::Fatal)
      by_status[exit_status(row.id, row.severity)].push_back(row.name);
  for (auto& [status, names] : by_status) {
    std::ranges::sort(names);
    out += fmt::format("| {} | {} |\n", status, fmt::join(names, ", "));
  }
  return out;
}

std::string pool_fields_page() {
  std::string out = "# Fields of the journal pool\n\n";
  out += kNote;
  out += fmt::format(
      "\nWhat `mupip replicate -source -jnlpool -show -detail` prints, and `-change -offset= -size=` takes; what the "
      "fields\nmean: [journal-pool.md](journal-pool.md). Offsets are those of this build, x86-64. The control "
      "structure starts the\nsegment and takes {} bytes; regions stand in it from {} on, {} bytes each, slots from {} "
      "on, {} bytes each.\n",
      sizeof(PoolHeader), offsetof(PoolHeader, regions), sizeof(PoolRegion), offsetof(PoolHeader, slots),
      sizeof(PoolSlot));
  const auto add = [&out](std::string_view title, std::span<const Field> fields) {
    out += fmt::format("\n## {}\n\n| offset | size | field |\n|---|---|---|\n", title);
    for (const Field& field : fields) out += fmt::format("| {} | {} | {} |\n", field.offset, field.bytes, field.name);
  };
  add("Control structure", pool_control_fields());
  add("Region", pool_region_fields());
  add("Source server slot", pool_slot_fields());
  return out;
}

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool handle(const std::filesystem::path& path, const std::string& page, bool check_only) {
  if (check_only) {
    if (contents_of(path) == page) return true;
    fmt::print(stderr, "{} differs from the code: build the target docs and commit it\n", path.string());
    return false;
  }
  std::ofstream out(path, std::ios::binary);
  out << page;
  out.close();
  if (!out) fmt::print(stderr, "{}: cannot be written\n", path.string());
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  const bool check_only = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != (check_only ? 3 : 2)) {
    fmt::print(stderr, "generate_docs [--check] <folder>\n");
    return 2;
  }
  const std::filesystem::path folder = argv[argc - 1];
  bool good = handle(folder / "messages.md", messages_page(), check_only);
  good = handle(folder / "limits.md", limits_page(), check_only) && good;
  good = handle(folder / "exit-codes.md", exit_codes_page(), check_only) && good;
  good = handle(folder / "formats" / "journal-pool-fields.md", pool_fields_page(), check_only) && good;
  return good ? 0 : 1;
}
