#include "engine/globals/global_directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "engine/base/file.h"
#include "engine/base/output_path.h"
#include "engine/base/text.h"
#include "engine/globals/global_directory_format.h"
#include "engine/globals/name_pattern.h"

namespace hw {
namespace {

using Gde = gde::MsgId;

template <typename Object>
const Object* find_by_name(const std::vector<Object>& objects, std::string_view name) {
  const std::string wanted = upper(name);
  const auto at = std::find_if(objects.begin(), objects.end(), [&](const Object& o) { return o.name == wanted; });
  return at == objects.end() ? nullptr : &*at;
}

struct PlacedPattern {
  NamePattern pattern;
  std::string region;
};

/// What the names of a directory come to: the entries of its map, with region names.
struct PaintedEntry {
  std::string from;
  std::string label;
  std::string region;
};

/// Paints the ranges one over the other, wide ones first, and so turns them into a list of boundaries.
///
/// The ranges are visited by their lower end. `open_` holds those that contain the current position, the innermost
/// last; because ranges nest, closing one uncovers the one below it.
class MapPainter {
 public:
  explicit MapPainter(std::vector<PlacedPattern> patterns) : patterns_(std::move(patterns)) {
    std::stable_sort(patterns_.begin(), patterns_.end(), [](const PlacedPattern& a, const PlacedPattern& b) {
      if (a.pattern.from != b.pattern.from) return a.pattern.from < b.pattern.from;
      if (a.pattern.to_end != b.pattern.to_end) return a.pattern.to_end;
      return a.pattern.to > b.pattern.to;
    });
  }

  /// Message: NAMRANGEOVERLAP when ranges of different regions cross.
  std::optional<gde::Message> paint() {
    for (const auto& next : patterns_) {
      while (!open_.empty() && !open_.back().pattern.to_end && open_.back().pattern.to <= next.pattern.from) close();
      if (auto crossing = widen_for(next)) return crossing;
      open_.push_back(next);
      emit(next.pattern.from, next.pattern.from_label, next.region);
    }
    while (!open_.empty() && !open_.back().pattern.to_end) close();
    return std::nullopt;
  }
  std::vector<PaintedEntry> take() { return std::move(entries_); }

 private:
  static bool same_range(const NamePattern& a, const NamePattern& b) {
    return a.from == b.from && a.to == b.to && a.to_end == b.to_end;
  }

  /// Ranges of one region that cross become one; of different regions they are an error.
  std::optional<gde::Message> widen_for(const PlacedPattern& next) {
    for (auto outer = open_.rbegin(); outer != open_.rend(); ++outer) {
      const bool nested = outer->pattern.contains(next.pattern);
      if (nested && !same_range(outer->pattern, next.pattern)) return std::nullopt;
      if (outer->region != next.region)
        return gde::make<Gde::NAMRANGEOVERLAP>(next.pattern.text, outer->pattern.text, 0);
      if (nested) return std::nullopt;
      outer->pattern.to = next.pattern.to;
      outer->pattern.to_label = next.pattern.to_label;
    }
    return std::nullopt;
  }

  void close() {
    const PlacedPattern closed = std::move(open_.back());
    open_.pop_back();
    emit(closed.pattern.to, closed.pattern.to_label, open_.empty() ? std::string() : open_.back().region);
  }

  void emit(const std::string& from, const std::string& label, const std::string& region) {
    if (!entries_.empty() && entries_.back().from == from) entries_.pop_back();  // An empty stretch.
    if (!entries_.empty() && entries_.back().region == region) return;
    entries_.push_back({from, label, region});
  }

  std::vector<PlacedPattern> patterns_;
  std::vector<PlacedPattern> open_;
  std::vector<PaintedEntry> entries_;
};

/// Parses every name. A bad one goes to `messages` and is left out.
std::vector<PlacedPattern> place(const GlobalDirectoryContents& contents, std::vector<gde::Message>& messages) {
  std::vector<PlacedPattern> out;
  std::set<std::string> seen;
  for (const auto& name : contents.names) {
    auto pattern = parse_name_pattern(name.pattern);
    if (!pattern.has_value())
      messages.push_back(std::move(pattern).error());
    else if (!seen.insert(pattern->text).second)
      messages.push_back(gde::make<Gde::OBJDUP>("Name", pattern->text));
    else
      out.push_back({std::move(*pattern), name.region});
  }
  if (!seen.contains("*")) messages.push_back(gde::make<Gde::OBJNOTFND>("Name", "*"));
  return out;
}

/// Every global that lies in more than one region needs them to agree on where the empty subscript sorts.
void check_null_collation(const GlobalDirectoryContents& contents, const std::vector<PlacedPattern>& patterns,
                          const std::vector<PaintedEntry>& entries, std::vector<gde::Message>& messages) {
  std::set<std::pair<std::string, std::string>> reported;
  for (const auto& placed : patterns) {
    const auto& global = placed.pattern.global;
    if (global.empty()) continue;
    const std::string from = global + '\0', to = global + '\1';
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].from >= to || (i + 1 < entries.size() && entries[i + 1].from <= from)) continue;
      const auto* region = find_by_name(contents.regions, entries[i].region);
      if (region != nullptr && !region->std_null_collation && reported.emplace(region->name, global).second)
        messages.push_back(gde::make<Gde::STDNULLCOLLREQ>(region->name, global));
    }
  }
}

void check_objects(const GlobalDirectoryContents& contents, std::vector<gde::Message>& messages) {
  std::set<std::string> named, region_names, segment_names;
  std::map<std::string, std::string> region_of_segment, segment_of_file;
  if (find_by_name(contents.regions, contents.locks_region) == nullptr)
    messages.push_back(gde::make<Gde::MAPBAD>("Region " + contents.locks_region, "Name Local Locks"));
  for (const auto& name : contents.names) {
    named.insert(name.region);
    if (find_by_name(contents.regions, name.region) == nullptr)
      messages.push_back(gde::make<Gde::MAPBAD>("Region " + name.region, "Name " + name.pattern));
  }
  for (const auto& region : contents.regions) {
    if (!region_names.insert(region.name).second) messages.push_back(gde::make<Gde::OBJDUP>("Region", region.name));
    if (find_by_name(contents.segments, region.dynamic_segment) == nullptr)
      messages.push_back(gde::make<Gde::MAPBAD>("Dynamic segment " + region.dynamic_segment, "Region " + region.name));
    const auto [other, is_first] = region_of_segment.emplace(region.dynamic_segment, region.name);
    if (!is_first)
      messages.push_back(
          gde::make<Gde::MAPDUP>("Regions " + other->second, region.name, "Dynamic segment " + region.dynamic_segment));
    if (!named.contains(region.name)) messages.push_back(gde::make<Gde::MAPBAD>("A NAME", "REGION " + region.name));
  }
  for (const auto& segment : contents.segments) {
    if (!segment_names.insert(segment.name).second) messages.push_back(gde::make<Gde::OBJDUP>("Segment", segment.name));
    if (segment.file_name.empty()) messages.push_back(gde::make<Gde::QUALREQD>("File"));
    if (!region_of_segment.contains(segment.name))
      messages.push_back(gde::make<Gde::MAPBAD>("A REGION", "SEGMENT " + segment.name));
    const auto [other, is_first] = segment_of_file.emplace(resolve_file_name(segment.file_name, ".dat"), segment.name);
    if (!is_first)
      messages.push_back(
          gde::make<Gde::MAPDUP>("Dynamic segments " + other->second, segment.name, "File " + segment.file_name));
  }
  if (contents.regions.size() > kRegionsMax)
    messages.push_back(gde::make<Gde::HWREGIONSMAX>(contents.regions.size(), kRegionsMax));
}

/// All checks; `entries` receives the map.
std::vector<gde::Message> check_and_paint(const GlobalDirectoryContents& contents, std::vector<PaintedEntry>& entries) {
  std::vector<gde::Message> messages;
  check_objects(contents, messages);
  auto patterns = place(contents, messages);
  MapPainter painter(patterns);
  if (auto crossing = painter.paint()) messages.push_back(std::move(*crossing));
  entries = painter.take();
  check_null_collation(contents, patterns, entries, messages);
  return messages;
}

}  // namespace

GlobalDirectoryContents GlobalDirectoryContents::defaults() {
  GlobalDirectoryContents out;
  out.names.push_back({"*", "DEFAULT"});
  Region region;
  region.name = "DEFAULT";
  region.dynamic_segment = "DEFAULT";
  out.regions.push_back(std::move(region));
  Segment segment;
  segment.name = "DEFAULT";
  segment.file_name = "mumps.dat";
  out.segments.push_back(std::move(segment));
  out.segment_template_mm.access_method = AccessMethod::Mm;
  return out;
}

std::vector<gde::Message> check(const GlobalDirectoryContents& contents) {
  std::vector<PaintedEntry> entries;
  return check_and_paint(contents, entries);
}

std::vector<MapLine> map_lines(const GlobalDirectoryContents& contents) {
  std::vector<PaintedEntry> entries;
  check_and_paint(contents, entries);
  std::vector<MapLine> out;
  for (std::size_t i = 0; i < entries.size(); ++i)
    out.push_back({entries[i].label, i + 1 < entries.size() ? entries[i + 1].label : "...", entries[i].region});
  return out;
}

GlobalDirectory::GlobalDirectory() = default;
GlobalDirectory::GlobalDirectory(GlobalDirectory&& other) noexcept = default;
GlobalDirectory::GlobalDirectory(const GlobalDirectory& other) = default;
GlobalDirectory& GlobalDirectory::operator=(GlobalDirectory&& other) noexcept = default;
GlobalDirectory& GlobalDirectory::operator=(const GlobalDirectory& other) = default;
GlobalDirectory::~GlobalDirectory() = default;

Result<GlobalDirectory> GlobalDirectory::build(GlobalDirectoryContents contents, std::string path) {
  std::vector<PaintedEntry> entries;
  const auto messages = check_and_paint(contents, entries);
  if (!messages.empty()) {
    Error error = make_error<MsgId::GDINVALID>(path, kLabel, kLabel);
    for (const auto& message : messages) error.note(message.text);
    return error;
  }
  GlobalDirectory out;
  for (auto& entry : entries) {
    const auto* region = find_by_name(contents.regions, entry.region);
    out.map_.push_back({std::move(entry.from), static_cast<std::uint32_t>(region - contents.regions.data())});
  }
  out.contents_ = std::move(contents);
  out.path_ = std::move(path);
  return out;
}

Result<GlobalDirectory> GlobalDirectory::load(const std::string& path) {
  auto text = read_file(path, kGlobalDirectoryBytesMax);
  if (!text.has_value()) return rename_error<MsgId::ZGBLDIRACC>(std::move(text).error(), path);
  HW_TRY(auto contents, decode_global_directory(*text, path));
  return build(std::move(contents), path);
}

Result<GlobalDirectory> GlobalDirectory::load_from_environment() {
  HW_TRY(GlobalDirectory directory, load(global_directory_path_from_environment()));
  HW_TRY_VOID(directory.refuse_one_file_twice());
  return directory;
}

Status GlobalDirectory::refuse_one_file_twice() const {
  if (regions().size() < 2) return {};
  std::map<std::pair<dev_t, ino_t>, const Region*> seen;
  for (const Region& region : regions()) {
    struct stat info {};
    if (::stat(database_path(region).c_str(), &info) != 0) continue;
    const auto [other, is_first] = seen.try_emplace({info.st_dev, info.st_ino}, &region);
    if (!is_first) {
      return make_error<MsgId::HWONEFILE>(other->second->name, region.name, path_, database_path(*other->second),
                                          database_path(region));
    }
  }
  return {};
}

Status GlobalDirectory::save(const std::string& path) const {
  const OutputPath to = output_path(path);
  HW_TRY_VOID(to.check_is_file());
  return replace_file(to.path, encode_global_directory(contents_));
}

std::size_t GlobalDirectory::region_index_for(std::string_view key) const {
  if (map_.size() == 1) return map_.front().region_index;
  const auto behind = std::upper_bound(map_.begin(), map_.end(), key,
                                       [](std::string_view k, const MapEntry& entry) { return k < entry.from; });
  return std::prev(behind)->region_index;  // The first entry's key is empty: no key is below it.
}

const Region* GlobalDirectory::find_region(std::string_view name) const {
  return find_by_name(contents_.regions, name);
}

const Segment* GlobalDirectory::find_segment(std::string_view name) const {
  return find_by_name(contents_.segments, name);
}

const Segment& GlobalDirectory::segment_of(const Region& region) const {
  const auto* segment = find_by_name(contents_.segments, region.dynamic_segment);
  HW_CHECK(segment != nullptr);
  return *segment;
}

std::string GlobalDirectory::database_path(const Region& region) const {
  // The files beside a database are beside the file itself, by whatever link it is found.
  return resolved_link(resolve_file_name(segment_of(region).file_name, ".dat"));
}

std::string GlobalDirectory::journal_path(const Region& region) const {
  return resolved_link(journal_path_of(resolve_file_name(segment_of(region).file_name, ".dat"), region));
}

std::string journal_path_of(const std::string& database, const Region& region) {
  if (!region.journaling.file_name.empty()) return resolve_file_name(region.journaling.file_name, ".mjl");
  std::string path = database;
  if (path.ends_with(".dat")) path.resize(path.size() - 4);
  return path + ".mjl";
}

std::string resolve_file_name(std::string_view written, std::string_view extension) {
  std::string out;
  for (std::size_t i = 0; i < written.size();) {
    std::size_t end = i + 1;
    if (written[i] == '$') {
      while (end < written.size() && (std::isalnum(static_cast<unsigned char>(written[end])) || written[end] == '_'))
        ++end;
      const char* value = std::getenv(std::string(written.substr(i + 1, end - i - 1)).c_str());
      out += value == nullptr ? std::string(written.substr(i, end - i)) : std::string(value);
    } else {
      out += written[i];
    }
    i = end;
  }
  const auto last_part = out.rfind('/') == std::string::npos ? 0 : out.rfind('/') + 1;
  if (out.find('.', last_part) == std::string::npos) out += extension;
  return absolute_path(out);
}

std::string global_directory_path_from_environment() {
  const char* value = std::getenv("gtmgbldir");
  return resolve_file_name(value == nullptr || *value == '\0' ? "$gtmgbldir" : value, ".gld");
}

}  // namespace hw
