#include "engine/globals/global_directory_format.h"

#include <algorithm>
#include <cctype>

#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace hw {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string key_of(const Attribute& attribute) {
  return (attribute.of_journal ? "journal_" : "") + lower(attribute.name);
}

struct ValueWriter {
  std::string operator()(const std::uint32_t* number) const { return std::to_string(*number); }
  std::string operator()(const bool* flag) const { return *flag ? "on" : "off"; }
  std::string operator()(const std::string* text) const { return *text; }
  std::string operator()(const NullSubscripts* value) const { return std::string(to_text(*value)); }
  std::string operator()(const AccessMethod* value) const { return std::string(to_text(*value)); }
};

template <typename Object>
void append_attributes(std::string& out, Object object) {  // By value: attributes_of points into it.
  for (const auto& attribute : attributes_of(object)) {
    const std::string value = std::visit(ValueWriter{}, attribute.value);
    out += "  " + key_of(attribute) + (value.empty() ? "" : " ") + value + '\n';
  }
}

/// Reads the lines one after the other and keeps the first thing that is wrong.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  bool ok() const { return fault_.empty(); }
  const std::string& fault() const { return fault_; }
  bool at_end() const { return rest_.empty(); }

  /// Whether the next line begins with `word` and a space, or is `word`.
  bool next_is(std::string_view word) const {
    return rest_.starts_with(word) && rest_.size() > word.size() &&
           (rest_[word.size()] == ' ' || rest_[word.size()] == '\n');
  }
  /// The rest of the next line, which must begin with `word`.
  std::string_view take(std::string_view word) {
    if (!ok()) return {};
    ++line_;
    if (!next_is(word)) {
      fail(fmt::format("expected '{}'", word));
      return {};
    }
    auto line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(line.size() + 1);
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    for (const unsigned char c : line)
      if (c < 0x20) fail("control character");
    return line;
  }
  std::string take_name(std::string_view word) {
    const auto name = take(word);
    if (ok() && (!is_region_name(name) || name != upper(name))) fail("not a region or segment name");
    return std::string(name);
  }
  void fail(std::string_view what) {
    if (ok()) fault_ = fmt::format("line {}: {}", line_, what);
  }

  void read(std::string_view text, const Attribute& attribute, std::uint32_t& out) {
    if (!parse(text, out) || out < attribute.min || out > attribute.max)
      fail(fmt::format("not a number from {} to {}", attribute.min, attribute.max));
  }
  void read(std::string_view text, const Attribute&, bool& out) {
    if (text != "on" && text != "off") fail("neither on nor off");
    out = text == "on";
  }
  void read(std::string_view text, const Attribute&, std::string& out) {
    if (text.size() > kPathBytesMax) fail(fmt::format("longer than {} bytes", kPathBytesMax));
    out = text;
  }
  template <typename Enum>
  void read(std::string_view text, const Attribute&, Enum& out) {
    if (!parse(text, out) || to_text(out) != text) fail("unknown value");
  }

  template <typename Object>
  void take_attributes(Object& object) {
    for (const auto& attribute : attributes_of(object)) {
      const auto text = take("  " + key_of(attribute));
      if (!ok()) return;
      std::visit([&](auto* target) { read(text, attribute, *target); }, attribute.value);
    }
  }

 private:
  std::string_view rest_;
  std::string fault_;
  int line_ = 1;  // The label has been read.
};

void take_body(LineReader& in, GlobalDirectoryContents& out) {
  out.locks_region = in.take_name("locks");
  while (in.ok() && in.next_is("name")) {
    const auto line = in.take("name");
    const auto space = line.rfind(' ');
    if (space == std::string_view::npos) return in.fail("name without a region");
    const auto region = line.substr(space + 1);
    if (!is_region_name(region)) return in.fail("not a region or segment name");
    out.names.push_back({std::string(line.substr(0, space)), std::string(region)});
  }
  while (in.ok() && in.next_is("region")) {
    auto& region = out.regions.emplace_back();
    region.name = in.take_name("region");
    in.take_attributes(region);
  }
  while (in.ok() && in.next_is("segment")) {
    auto& segment = out.segments.emplace_back();
    segment.name = in.take_name("segment");
    in.take_attributes(segment);
  }
  if (!in.take("template region").empty()) in.fail("expected the end of the line");
  in.take_attributes(out.region_template);
  if (!in.take("template segment BG").empty()) in.fail("expected the end of the line");
  in.take_attributes(out.segment_template_bg);
  if (!in.take("template segment MM").empty()) in.fail("expected the end of the line");
  in.take_attributes(out.segment_template_mm);
  in.read(in.take("active_template"), Attribute{}, out.active_template);
  if (in.ok() && !in.at_end()) in.fail("unexpected line");
}

std::string checksum_line(std::string_view body) { return fmt::format("checksum {:016x}\n", checksum(as_bytes(body))); }

}  // namespace

std::vector<Attribute> attributes_of(Region& r) {
  auto& j = r.journaling;
  return {
      {"DYNAMIC_SEGMENT", &r.dynamic_segment},
      {"COLLATION_DEFAULT", &r.collation_default, 0, 255},
      {"RECORD_SIZE", &r.record_size, 0, kValueBytesMax},
      {"KEY_SIZE", &r.key_size, 3, kKeySizeMax},
      {"NULL_SUBSCRIPTS", &r.null_subscripts, 0, 0, true},
      {"STDNULLCOLL", &r.std_null_collation, 0, 0, true},
      {"INST_FREEZE_ON_ERROR", &r.instance_freeze_on_error, 0, 0, true},
      {"QDBRUNDOWN", &r.qdb_rundown, 0, 0, true},
      {"EPOCHTAPER", &r.epoch_taper, 0, 0, true},
      {"AUTODB", &r.auto_db, 0, 0, true},
      {"STATS", &r.stats, 0, 0, true},
      {"LOCK_CRIT", &r.lock_crit_separate, 0, 0, true},
      {"JOURNAL", &r.journal, 0, 0, true},
      {"ALLOCATION", &j.allocation, 2048, 8388607, false, true},
      {"AUTOSWITCHLIMIT", &j.autoswitch_limit, 16384, 8388607, false, true},
      {"BEFORE_IMAGE", &j.before_image, 0, 0, true, true},
      {"BUFFER_SIZE", &j.buffer_size, 2307, 1048576, false, true},
      {"EXTENSION", &j.extension, 0, 1073741823, false, true},
      {"FILE_NAME", &j.file_name, 0, 0, false, true},
  };
}

std::vector<Attribute> attributes_of(Segment& s) {
  return {
      {"FILE_NAME", &s.file_name},
      {"ACCESS_METHOD", &s.access_method},
      {"ALLOCATION", &s.allocation, 10, 1040187392},
      {"ASYNCIO", &s.async_io, 0, 0, true},
      {"BLOCK_SIZE", &s.block_size, 512, 65024},
      {"DEFER", &s.defer, 0, 0, true},
      {"DEFER_ALLOCATE", &s.defer_allocate, 0, 0, true},
      {"ENCRYPTION_FLAG", &s.encryption, 0, 0, true},
      {"EXTENSION_COUNT", &s.extension_count, 0, 1048575},
      {"FULLBLKWRT", &s.full_block_write, 0, 2},
      {"GLOBAL_BUFFER_COUNT", &s.global_buffer_count, 64, 2097151},
      {"LOCK_SPACE", &s.lock_space, 10, 262144},
      {"MUTEX_SLOTS", &s.mutex_slots, 64, 32768},
      {"RESERVED_BYTES", &s.reserved_bytes, 0, 65024},
  };
}

std::string_view to_text(NullSubscripts value) {
  switch (value) {
    case NullSubscripts::Never:
      return "NEVER";
    case NullSubscripts::Always:
      return "ALWAYS";
    case NullSubscripts::Existing:
      return "EXISTING";
  }
  return "";
}

std::string_view to_text(AccessMethod value) { return value == AccessMethod::Bg ? "BG" : "MM"; }

bool parse(std::string_view text, NullSubscripts& out) {
  const std::string word = lower(text);
  if (word == "never" || word == "false")
    out = NullSubscripts::Never;
  else if (word == "always" || word == "true")
    out = NullSubscripts::Always;
  else if (word == "existing")
    out = NullSubscripts::Existing;
  else
    return false;
  return true;
}

bool parse(std::string_view text, AccessMethod& out) {
  const std::string word = lower(text);
  if (word != "bg" && word != "mm") return false;
  out = word == "bg" ? AccessMethod::Bg : AccessMethod::Mm;
  return true;
}

bool parse(std::string_view text, std::uint32_t& out) {
  const auto number = whole_number<std::uint32_t>(text);
  out = number.value_or(0);
  return number.has_value();
}

bool is_region_name(std::string_view name) {
  if (name.empty() || name.size() > kRegionNameBytesMax || !std::isalpha(static_cast<unsigned char>(name[0])))
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_' || c == '-' || c == '$'); });
}

std::string encode_global_directory(const GlobalDirectoryContents& contents) {
  std::string out(GlobalDirectory::kLabel);
  out += "\nlocks " + contents.locks_region + '\n';
  for (const auto& name : contents.names) out += "name " + name.pattern + ' ' + name.region + '\n';
  for (const auto& region : contents.regions) {
    out += "region " + region.name + '\n';
    append_attributes(out, region);
  }
  for (const auto& segment : contents.segments) {
    out += "segment " + segment.name + '\n';
    append_attributes(out, segment);
  }
  out += "template region\n";
  append_attributes(out, contents.region_template);
  out += "template segment BG\n";
  append_attributes(out, contents.segment_template_bg);
  out += "template segment MM\n";
  append_attributes(out, contents.segment_template_mm);
  out += fmt::format("active_template {}\n", to_text(contents.active_template));
  return out + checksum_line(out);
}

Result<GlobalDirectoryContents> decode_global_directory(std::string_view text, std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    std::string found(text.substr(0, std::min(text.find('\n'), GlobalDirectory::kLabel.size())));
    for (char& c : found)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '.';
    Error error = make_error<MsgId::GDINVALID>(path, GlobalDirectory::kLabel, found);
    if (!why.empty()) error.note(fmt::format("{}: {}", path, why));
    return error;
  };
  const std::string label = std::string(GlobalDirectory::kLabel) + '\n';
  if (!text.starts_with(label)) return refuse("");
  const auto at = text.rfind("\nchecksum ");
  if (at == std::string_view::npos) return refuse("the checksum line at the end is missing");
  const auto body = text.substr(0, at + 1);
  if (text.substr(at + 1) != checksum_line(body)) return refuse("the checksum does not match");

  GlobalDirectoryContents out;
  LineReader in(body.substr(label.size()));
  take_body(in, out);
  if (!in.ok()) return refuse(in.fault());
  if (encode_global_directory(out) != text) return refuse("a line is not in the form in which it is written");
  return out;
}

}  // namespace hw
