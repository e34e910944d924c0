/// engine/globals/global_directory.h -- which region holds a global: names -> regions -> segments (database files).
///
/// A global directory is a small text file (docs/formats/global-directory.md) that gde writes and every
/// program reads once, when it starts. Names are of three forms, the most exact one wins:
///
///   x          the global ^x with all its nodes
///   x*         every global whose name begins with x;  `*` alone is everything not named otherwise
///   x(1:10)    the nodes of ^x whose first subscript lies from 1 up to, not including, 10; also x(5), x(:5),
///              x(5:), and with leading subscripts, x("a",1:10)
///
/// Loading turns the names into one sorted list of key ranges, so that finding a key's region is a binary search.
///
/// Source: GT.M Administration and Operations Guide, chapter 4 "Global Directory Editor"; defaults are those
/// that GDE V7.0-005 shows for a new directory, with one difference: standard null collation is on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/globals/gde_message.h"

namespace hw {

/// Whether a subscript may be the empty string. Existing: such nodes may be read and killed, not set.
enum class NullSubscripts : std::uint8_t { Never, Always, Existing };

enum class AccessMethod : std::uint8_t { Bg, Mm };

/// Journal characteristics that a new database file starts with (mupip create, mupip set).
struct RegionJournal {
  bool before_image = true;
  std::string file_name;                     ///< As written; empty: the database file's name with .mjl.
  std::uint32_t allocation = 2048;           ///< 512-byte blocks
  std::uint32_t extension = 2048;            ///< 512-byte blocks
  std::uint32_t autoswitch_limit = 8386560;  ///< 512-byte blocks
  std::uint32_t buffer_size = 2312;          ///< 512-byte blocks

  friend bool operator==(const RegionJournal&, const RegionJournal&) = default;
};

/// A logical database: limits of its nodes, and the segment that stores them.
struct Region {
  std::string name;                 ///< Upper case, 1 to kRegionNameBytesMax bytes.
  std::string dynamic_segment;      ///< Name of its segment.
  std::uint32_t key_size = 64;      ///< bytes of an encoded key, 3 to kKeySizeMax; a key has less
  std::uint32_t record_size = 256;  ///< bytes of a value, 0 to kValueBytesMax
  std::uint32_t collation_default = 0;
  NullSubscripts null_subscripts = NullSubscripts::Never;
  bool std_null_collation = true;
  bool journal = false;  ///< Journaling is enabled when the database file is created.
  RegionJournal journaling;
  bool instance_freeze_on_error = false;
  bool qdb_rundown = false;
  bool epoch_taper = true;
  bool auto_db = false;
  bool stats = true;
  bool lock_crit_separate = true;

  friend bool operator==(const Region&, const Region&) = default;
};

/// A database file. Most of it describes GT.M's block store; only the file name matters to an LMDB file, the
/// rest is kept so that GDE's scripts work unchanged.
struct Segment {
  std::string name;       ///< Upper case, 1 to kRegionNameBytesMax bytes.
  std::string file_name;  ///< As written; GlobalDirectory::database_path() resolves it.
  AccessMethod access_method = AccessMethod::Bg;
  std::uint32_t allocation = 100;       ///< blocks
  std::uint32_t extension_count = 100;  ///< blocks
  std::uint32_t block_size = 4096;      ///< bytes
  std::uint32_t global_buffer_count = 1024;
  std::uint32_t lock_space = 40;  ///< pages of 512 bytes
  std::uint32_t mutex_slots = 1024;
  std::uint32_t reserved_bytes = 0;
  std::uint32_t full_block_write = 0;
  bool encryption = false;
  bool defer_allocate = true;
  bool async_io = false;
  bool defer = true;

  friend bool operator==(const Segment&, const Segment&) = default;
};

/// One row of the name table: a pattern as the operator wrote it, and its region.
struct NameMapping {
  std::string pattern;
  std::string region;

  friend bool operator==(const NameMapping&, const NameMapping&) = default;
};

/// What gde keeps: everything in the file, editable, not yet checked as a whole.
struct GlobalDirectoryContents {
  std::vector<NameMapping> names;
  std::vector<Region> regions;
  std::vector<Segment> segments;
  Region region_template;
  Segment segment_template_bg;
  Segment segment_template_mm;
  AccessMethod active_template = AccessMethod::Bg;
  std::string locks_region = "DEFAULT";

  /// `*` -> DEFAULT -> segment DEFAULT in mumps.dat.
  static GlobalDirectoryContents defaults();
  friend bool operator==(const GlobalDirectoryContents&, const GlobalDirectoryContents&) = default;
};

/// A checked, immutable global directory. Cheap to share between threads by const reference.
class GlobalDirectory {
 public:
  /// First line of the file.
  static constexpr std::string_view kLabel = "Headwater global directory 1";

  // Out of line, as with Error: every function that loads a directory would have the code of these.
  GlobalDirectory(GlobalDirectory&& other) noexcept;
  GlobalDirectory(const GlobalDirectory& other);
  GlobalDirectory& operator=(GlobalDirectory&& other) noexcept;
  GlobalDirectory& operator=(const GlobalDirectory& other);
  ~GlobalDirectory();

  /// Reads and checks the file named by `gtmgbldir` ($VAR parts expanded, `.gld` when it has no extension).
  ///
  /// Errors: ZGBLDIRACC when it cannot be read (gtmgbldir unset: the file `$gtmgbldir.gld`); GDINVALID as load();
  /// those of refuse_one_file_twice.
  static Result<GlobalDirectory> load_from_environment();

  /// Errors: ZGBLDIRACC with errno when `path` cannot be read; GDINVALID, with a line that says what is wrong, when
  /// it is not a global directory, is damaged, or its names, regions and segments do not fit together.
  /// Blocks: reads one small file.
  static Result<GlobalDirectory> load(const std::string& path);

  /// Checks `contents` and builds the map. `path` is the name kept for messages.
  /// Errors: GDINVALID, with a line that says what is wrong.
  static Result<GlobalDirectory> build(GlobalDirectoryContents contents, std::string path);

  /// Errors: HWONEFILE when two regions have one database file, by whatever names. Files that are not there, or may not
  /// be examined, are left to whoever opens them. Blocks: looks each file up, where there are several regions.
  Status refuse_one_file_twice() const;

  /// Writes the file so that a reader sees the old or the new one, never a part: temporary file beside it,
  /// fsync, rename, fsync of the folder.
  /// Errors: SYSCALL.
  Status save(const std::string& path) const;

  /// The region of a global name (no up-arrow) or of an encoded key (name, 00, subscripts). Any bytes are
  /// accepted. Thread: any. Cost: one binary search over the map, no allocation.
  const Region& region_for(std::string_view key) const { return contents_.regions[region_index_for(key)]; }
  /// The same as an index into regions().
  std::size_t region_index_for(std::string_view key) const;

  std::span<const Region> regions() const { return contents_.regions; }
  std::span<const Segment> segments() const { return contents_.segments; }
  std::span<const NameMapping> names() const { return contents_.names; }
  const GlobalDirectoryContents& contents() const { return contents_; }

  /// Case of `name` does not matter. Null when there is none.
  const Region* find_region(std::string_view name) const;
  const Segment* find_segment(std::string_view name) const;
  /// The segment of a region of this directory.
  const Segment& segment_of(const Region& region) const;

  /// Absolute name of the region's database file: $VAR expanded, relative to the process's current folder, `.dat`
  /// when it has no extension.
  std::string database_path(const Region& region) const;
  /// Absolute name of the region's journal file: the one given in the directory (`.mjl` when it has no
  /// extension), else the database file's with `.dat` replaced by `.mjl`.
  std::string journal_path(const Region& region) const;

  /// Absolute name of the file this was loaded from.
  const std::string& path() const { return path_; }

  /// From a key on (inclusive) to the next entry's: a region. The first entry's key is empty.
  struct MapEntry {
    std::string from;
    std::uint32_t region_index;
    friend bool operator==(const MapEntry&, const MapEntry&) = default;
  };
  std::span<const MapEntry> map() const { return map_; }

 private:
  GlobalDirectory();

  GlobalDirectoryContents contents_;
  std::vector<MapEntry> map_;
  std::string path_;
};

/// GlobalDirectory::journal_path for a region whose database file is `database`.
std::string journal_path_of(const std::string& database, const Region& region);

/// What keeps `contents` from being used, in gde's words; empty when it is whole: every name has a region, every
/// region a name and a segment of its own, every segment a region and a file of its own, ranges of different regions
/// do not cross, and a global that spans regions has standard null collation in all of them.
std::vector<gde::Message> check(const GlobalDirectoryContents& contents);

/// One stretch of the map as gde shows it: from `x` up to `y`, `...` for the end.
struct MapLine {
  std::string from;
  std::string up_to;
  std::string region;
};
/// Needs no whole directory: regions may be missing; names that cannot be used are left out.
std::vector<MapLine> map_lines(const GlobalDirectoryContents& contents);

/// Absolute form of a file name an operator wrote: `$VAR` expanded (an unset one stays as it is written), put
/// joined to the current folder when relative, `extension` (with its dot) appended when the last part has none.
std::string resolve_file_name(std::string_view written, std::string_view extension);

/// File that `gtmgbldir` names, as load_from_environment() reads it.
std::string global_directory_path_from_environment();

}  // namespace hw
