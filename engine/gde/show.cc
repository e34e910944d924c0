#include "engine/gde/show.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/gde/scanner.h"
#include "engine/globals/global_directory_format.h"

namespace hw::gde {
namespace {

constexpr std::size_t kFileColumnChars = 19;  ///< A longer file name gets a line of its own.

std::string rule(std::size_t chars) { return std::string(chars, '-'); }
char yes_no(bool flag) { return flag ? 'Y' : 'N'; }

std::string region_values(const Region& r) {
  return fmt::format("{:>4} {:>8} {:>5} {:<10}{:<5}{:<4}{:<7}{:<6}{:<6}{:<7}{:<6}{}\n", r.collation_default,
                     r.record_size, r.key_size, to_text(r.null_subscripts), yes_no(r.std_null_collation),
                     yes_no(r.journal), yes_no(r.instance_freeze_on_error), yes_no(r.qdb_rundown),
                     yes_no(r.epoch_taper), yes_no(r.auto_db), yes_no(r.stats), r.lock_crit_separate ? "Sep" : "DB");
}

std::string segment_values(const Segment& s) {
  return fmt::format("{:<4}DYN {:>5}{:>11}{:>6}", to_text(s.access_method), s.block_size, s.allocation,
                     s.extension_count);
}

/// The OPTIONS column. `equals` is what comes between a four-letter word and its value.
std::vector<std::string> segment_options(const Segment& s, std::string_view equals, bool of_template) {
  const auto number = [&](std::string_view word, std::uint32_t value) {
    return fmt::format("{:<4}{}{:>4}", word, equals, value);
  };
  const auto word = [&](std::string_view name, std::string_view value) {
    return fmt::format("{:<4}{}{:>4}", name, equals, value);
  };
  const bool bg = s.access_method == AccessMethod::Bg;
  std::vector<std::string> out;
  out.push_back(bg ? number("GLOB", s.global_buffer_count) : s.defer ? "DEFER" : "NODEFER");
  out.push_back(number("LOCK", s.lock_space));
  if (bg || !of_template) {
    out.push_back(number("RES", s.reserved_bytes));
    out.push_back(word("ENCR", s.encryption ? "ON" : "OFF"));
  }
  out.push_back(number("MSLT", s.mutex_slots));
  out.push_back(word("DALL", s.defer_allocate ? "YES" : "NO"));
  if (bg) out.push_back(word("AIO", s.async_io ? "ON" : "OFF"));
  out.push_back(number("FBWR", s.full_block_write));
  return out;
}

void append_options(std::ostream& out, const std::vector<std::string>& options, std::size_t gap, std::size_t column) {
  out << std::string(gap, ' ') << options[0] << '\n';
  for (std::size_t i = 1; i < options.size(); ++i) out << std::string(column, ' ') << options[i] << '\n';
}

void show_journal_information(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only) {
  bool first = true;
  for (const auto& r : contents.regions) {
    if (!r.journal || (!only.empty() && r.name != only)) continue;
    if (first)
      out << "\n                          *** JOURNALING INFORMATION ***\n"
             " Region                          Jnl File (def ext: .mjl)  Before Buff      Alloc      Exten   "
             "AutoSwitch\n "
          << rule(104) << '\n';
    first = false;
    const auto& j = r.journaling;
    std::string file = j.file_name.empty() ? "<based on DB file-spec>" : j.file_name;
    if (file.size() > 25) file += '\n' + std::string(59, ' ');
    out << fmt::format(" {:<32}{:<26}{}{:>10}{:>11}{:>11}{:>13}\n", r.name, file, yes_no(j.before_image), j.buffer_size,
                       j.allocation, j.extension, j.autoswitch_limit);
  }
  if (!first) out << '\n';
}

const Region* region_named(const GlobalDirectoryContents& contents, std::string_view name) {
  const auto at =
      std::find_if(contents.regions.begin(), contents.regions.end(), [&](const Region& r) { return r.name == name; });
  return at == contents.regions.end() ? nullptr : &*at;
}

const Segment* segment_named(const GlobalDirectoryContents& contents, std::string_view name) {
  const auto at = std::find_if(contents.segments.begin(), contents.segments.end(),
                               [&](const Segment& s) { return s.name == name; });
  return at == contents.segments.end() ? nullptr : &*at;
}

/// The REG, SEG and FILE lines of a stretch of the map; `head` fills the columns before them.
void append_map_lines(std::ostream& out, const GlobalDirectoryContents& contents, const std::string& head,
                      const std::string& region_name) {
  const auto* region = region_named(contents, region_name);
  const auto* segment = region == nullptr ? nullptr : segment_named(contents, region->dynamic_segment);
  const std::string indent(66, ' ');
  out << fmt::format("{:<66}REG = {}\n{}SEG = {}\n{}FILE = {}\n", head, region_name, indent,
                     segment == nullptr ? "NONE" : segment->name, indent,
                     segment == nullptr ? "NONE" : segment->file_name);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// ` -KEY_SIZE=255`, as a command takes it.
std::string qualifier(const Attribute& attribute) {
  struct Writer {
    std::string name;
    std::string operator()(const bool* flag) const { return (*flag ? "" : "NO") + name; }
    std::string operator()(const std::uint32_t* number) const { return name + '=' + std::to_string(*number); }
    std::string operator()(const std::string* text) const { return name + '=' + quoted(*text); }
    std::string operator()(const NullSubscripts* value) const { return name + '=' + std::string(to_text(*value)); }
    std::string operator()(const AccessMethod* value) const { return name + '=' + std::string(to_text(*value)); }
  };
  return std::visit(Writer{std::string(attribute.name)}, attribute.value);
}

bool same_value(const Attribute& a, const Attribute& b) { return qualifier(a) == qualifier(b); }

}  // namespace

void show_templates(std::ostream& out, const GlobalDirectoryContents& contents) {
  out << "\n                                *** TEMPLATES ***\n"
         "                                                                          Std      Inst\n"
         "                                             Def      Rec   Key Null      Null     Freeze Qdb   Epoch"
         "              LOCK\n"
         " Region                                     Coll     Size  Size Subs      Coll Jnl on Err Rndwn Taper AutoDB"
         " Stats Crit\n "
      << rule(118) << '\n'
      << fmt::format(" {:<43}", "<default>") << region_values(contents.region_template)
      << "\n Segment          Active              Acc Typ Block      Alloc Exten    Options\n " << rule(78) << '\n';
  for (const auto* s : {&contents.segment_template_bg, &contents.segment_template_mm}) {
    out << fmt::format(" {:<19}{:<18}{}", "<default>", s->access_method == contents.active_template ? "*" : "",
                       segment_values(*s));
    append_options(out, segment_options(*s, " =", true), 4, 72);
  }
}

void show_names(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only) {
  out << "\n         *** NAMES ***\n Global                             Region\n " << rule(78) << '\n';
  for (const auto& name : contents.names)
    if (only.empty() || name.pattern == only) out << fmt::format(" {:<35}{}\n", name.pattern, name.region);
}

void show_regions(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only) {
  out << "\n                                *** REGIONS ***\n"
         "                                                                                               Std      "
         "Inst\n"
         "                                 Dynamic                          Def      Rec   Key Null      Null     "
         "Freeze Qdb   Epoch              LOCK\n"
         " Region                          Segment                         Coll     Size  Size Subs      Coll Jnl "
         "on Err Rndwn Taper AutoDB Stats Crit\n "
      << rule(139) << '\n';
  for (const auto& r : contents.regions)
    if (only.empty() || r.name == only)
      out << fmt::format(" {:<32}{:<32}", r.name, r.dynamic_segment) << region_values(r);
  show_journal_information(out, contents, only);
}

void show_segments(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only) {
  out << "\n                                *** SEGMENTS ***\n"
         " Segment                         File (def ext: .dat)Acc Typ Block      Alloc Exten     Options\n "
      << rule(94) << '\n';
  for (const auto& s : contents.segments) {
    if (!only.empty() && s.name != only) continue;
    std::string file = fmt::format("{:<20}", s.file_name);
    if (s.file_name.size() >= kFileColumnChars) file = s.file_name + '\n' + std::string(53, ' ');
    out << fmt::format(" {:<32}{}{}", s.name, file, segment_values(s));
    append_options(out, segment_options(s, "=", false), 5, 88);
  }
}

void show_map(std::ostream& out, const GlobalDirectoryContents& contents, std::string_view only) {
  out << (only.empty() ? std::string("\n                                  *** MAP ***\n")
                       : fmt::format("\n                         *** MAP for region {} ***\n", only))
      << "   -  -  -  -  -  -  -  -  -  - Names -  -  - -  -  -  -  -  -  -\n"
         " From                            Up to                            Region / Segment / File(def ext: .dat)\n "
      << rule(122) << '\n';
  for (const auto& line : map_lines(contents))
    if (only.empty() || line.region == only)
      append_map_lines(out, contents, fmt::format(" {:<32}{}", line.from, line.up_to), line.region);
  if (only.empty() || contents.locks_region == only)
    append_map_lines(out, contents, " LOCAL LOCKS", contents.locks_region);
}

void show_commands(std::ostream& out, const GlobalDirectoryContents& given) {
  auto contents = given;
  std::string journal;
  for (const auto& attribute : attributes_of(contents.region_template)) {
    if (!attribute.of_journal) continue;
    if (const auto* text = std::get_if<std::string*>(&attribute.value); text != nullptr && (*text)->empty()) continue;
    journal += (journal.empty() ? "" : ",") + qualifier(attribute);
  }
  for (const auto& attribute : attributes_of(contents.region_template)) {
    if (attribute.of_journal || attribute.name == "DYNAMIC_SEGMENT") continue;
    if (attribute.name == "JOURNAL") out << "TEMPLATE -REGION -JOURNAL=(" << journal << ")\n";
    if (attribute.name != "JOURNAL" || !contents.region_template.journal)
      out << "TEMPLATE -REGION -" << qualifier(attribute) << '\n';
  }
  for (auto* s : {&contents.segment_template_bg, &contents.segment_template_mm}) {
    out << "!\nTEMPLATE -SEGMENT -ACCESS_METHOD=" << to_text(s->access_method) << '\n';
    for (const auto& attribute : attributes_of(*s))
      if (attribute.name != "FILE_NAME" && attribute.name != "ACCESS_METHOD")
        out << "TEMPLATE -SEGMENT -" << qualifier(attribute) << '\n';
  }
  out << "!\nTEMPLATE -SEGMENT -ACCESS_METHOD=" << to_text(contents.active_template)
      << "\n!\nDELETE -REGION DEFAULT\nDELETE -SEGMENT DEFAULT\n";
  for (auto& region : contents.regions) {
    auto base = contents.region_template;
    const auto defaults = attributes_of(base);
    const auto attributes = attributes_of(region);
    std::string list;
    out << "ADD -REGION " << region.name << " -DYNAMIC_SEGMENT=" << region.dynamic_segment;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      if (attributes[i].name == "DYNAMIC_SEGMENT" || same_value(attributes[i], defaults[i])) continue;
      if (attributes[i].of_journal)
        list += (list.empty() ? "" : ",") + qualifier(attributes[i]);
      else if (attributes[i].name != "JOURNAL" || !region.journal)
        out << " -" << qualifier(attributes[i]);
    }
    // A list switches journaling on; one that is off keeps its characteristics by a second command.
    if (!list.empty())
      out << " -JOURNAL=(" << list << ")";
    else if (region.journal && !base.journal)
      out << " -JOURNAL";
    out << '\n';
    if (!list.empty() && !region.journal) out << "CHANGE -REGION " << region.name << " -NOJOURNAL\n";
  }
  out << "!\n";
  for (auto& segment : contents.segments) {
    auto base = segment.access_method == AccessMethod::Bg ? contents.segment_template_bg : contents.segment_template_mm;
    const auto defaults = attributes_of(base);
    const auto attributes = attributes_of(segment);
    out << "ADD -SEGMENT " << segment.name;
    if (segment.access_method != contents.active_template) out << " -ACCESS_METHOD=" << to_text(segment.access_method);
    for (std::size_t i = 0; i < attributes.size(); ++i)
      if (!same_value(attributes[i], defaults[i])) out << " -" << qualifier(attributes[i]);
    out << '\n';
  }
  out << "!\nLOCKS -REGION=" << contents.locks_region << '\n';
  for (const auto& name : contents.names)
    out << (name.pattern == "*" ? "CHANGE -NAME " : "ADD -NAME ") << name.pattern << " -REGION=" << name.region << '\n';
  out << "!\n";
}

}  // namespace hw::gde
