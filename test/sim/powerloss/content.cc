#include "test/sim/powerloss/content.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

#include "engine/base/check.h"
#include "test/sim/powerloss/file_log.h"

namespace hw::powerloss {
namespace {

/// Descriptors that close themselves.
struct Opened {
  explicit Opened(const std::string& path, int flags) : fd(::open(path.c_str(), flags | O_CLOEXEC)) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

using Sector = std::string;  ///< kSectorBytes, or fewer at the end of a file

/// By sector number, what it held since its last sync, oldest first.
using Samples = std::map<std::uint64_t, std::vector<Sector>>;

Outcome<Samples> samples_of(const Recording& recording, std::uint64_t file) {
  Samples samples;
  const Done done =
      for_each_record(recording, file, [&](const LogRecord& record, std::span<const std::byte> content) -> Done {
        if (record.type == LogType::Sync) {
          const auto from = samples.lower_bound(record.offset / kSectorBytes);
          const std::uint64_t end =
              record.offset + record.bytes < record.offset ? kNoSize : record.offset + record.bytes;
          samples.erase(from, samples.lower_bound(end / kSectorBytes));
        }
        if (record.type != LogType::Sample) return {};
        for (std::uint64_t at = 0; at < content.size(); at += kSectorBytes) {
          const auto part = content.subspan(at, std::min<std::uint64_t>(kSectorBytes, content.size() - at));
          Sector sector(kSectorBytes, '\0');
          std::memcpy(sector.data(), part.data(), part.size());
          samples[(record.offset + at) / kSectorBytes].push_back(std::move(sector));
        }
        return {};
      });
  if (!done) return tl::unexpected(done.error());
  return samples;
}

enum class Fate { Kept, Lost, Older };

/// Decides about sectors, one after the other in the order of the file.
class Fates {
 public:
  explicit Fates(ContentChoice choice) : choice_(choice) {
    // So that some files are nearly whole and some nearly lost; and by pages, as a kernel writes, in half of them.
    constexpr std::uint64_t kOdds[] = {0, 2, 25, 50, 75, 98, 100};
    odds_ = kOdds[choice_.random.below(std::size(kOdds))];
    by_page_ = choice_.random.below(2) == 0;
  }

  Random& random() { return choice_.random; }
  Mode mode() const { return choice_.mode; }

  /// `now` is what the sector holds, `samples` what it held earlier, unsynced too.
  Fate of(std::uint64_t sector, const std::vector<Sector>* samples, const std::byte* now) {
    switch (choice_.mode) {
      case Mode::AllLost:
      case Mode::NamesOnly:
        return Fate::Lost;
      case Mode::AllKept:
      case Mode::DataOnly:
      case Mode::OneFileOld:
      case Mode::NamesLost:
        return Fate::Kept;
      case Mode::NewestKept: {
        // What a sample already held is the older part; without samples the front of each run of pages is.
        if (samples != nullptr) {
          const bool old = std::memcmp(samples->front().data(), now, kSectorBytes) == 0;
          return old ? Fate::Lost : Fate::Kept;
        }
        return sampled_ || sector / kSectorsAPage % 2 == 1 ? Fate::Kept : Fate::Lost;
      }
      case Mode::TornPages:
        return torn(sector);
      case Mode::Random:
        return random_fate(sector, samples);
    }
    return Fate::Kept;
  }

  void set_sampled(bool sampled) { sampled_ = sampled; }

 private:
  static constexpr std::uint64_t kSectorsAPage = 8;

  Fate torn(std::uint64_t sector) {
    const std::uint64_t page = sector / kSectorsAPage;
    if (page != page_) {
      page_ = page;
      cut_ = 1 + choice_.random.below(kSectorsAPage - 1);
      front_ = choice_.random.below(2) == 0;
    }
    return (sector % kSectorsAPage < cut_) == front_ ? Fate::Kept : Fate::Lost;
  }

  Fate random_fate(std::uint64_t sector, const std::vector<Sector>* samples) {
    const std::uint64_t page = sector / kSectorsAPage;
    if (!by_page_ || page != page_) {
      page_ = page;
      keep_ = choice_.random.below(100) < odds_;
      older_ = choice_.random.below(3) == 0;
    }
    if (samples != nullptr && older_) return Fate::Older;
    return keep_ ? Fate::Kept : Fate::Lost;
  }

  ContentChoice choice_;
  std::uint64_t odds_ = 50;
  bool by_page_ = false;
  bool sampled_ = false;
  std::uint64_t page_ = kNoSize;
  std::uint64_t cut_ = 0;
  bool front_ = false;
  bool keep_ = false;
  bool older_ = false;
};

/// The size a file has after the power loss, and from where on nothing that was on disk can be seen.
struct Shape {
  std::uint64_t bytes = 0;
  std::uint64_t durable_to = kNoSize;  ///< what was on disk behind it was cut off
  std::uint64_t now_to = kNoSize;      ///< what is written now behind it belongs to a size that was lost
  bool lost = false;
};

Shape shape_of(Fates& fates, const LogHeader& log, std::uint64_t now) {
  const bool cut = log.least_bytes < log.durable_bytes;
  const bool random = fates.mode() == Mode::Random;
  const std::uint64_t roll = random ? fates.random().below(100) : 0;
  bool durable = fates.mode() == Mode::AllLost || fates.mode() == Mode::DataOnly;
  if (random) durable = roll < 35;
  if (!cut && now == log.durable_bytes) return {now, kNoSize, kNoSize, false};
  Shape shape;
  if (durable) {
    shape.bytes = log.durable_bytes;
    // The cut is lost, and with it what was written to the space behind it.
    if (cut) shape.now_to = log.least_bytes;
    shape.lost = true;
    return shape;
  }
  shape.bytes = now;
  if (cut) shape.durable_to = log.least_bytes;
  if (cut && random && roll >= 85) {
    shape.bytes = log.least_bytes;
    shape.lost = true;
  }
  return shape;
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

Outcome<std::uint64_t> count_unsynced(const Recording& recording, std::uint64_t file, const std::string& path) {
  const auto header = settled_header(recording, file);
  if (!header) return tl::unexpected(header.error());
  if (path.empty()) return 0;
  const Opened now(path, O_RDONLY);
  const Opened durable(recording.file_path(file, ".durable"), O_RDONLY);
  if (now.fd < 0 || durable.fd < 0) return failure("open()", path);
  const std::uint64_t bytes = facts_of(now.fd, "", true).bytes;
  std::uint64_t sectors = bytes == header->durable_bytes && header->least_bytes >= bytes ? 0 : 1;
  const Done done = for_each_difference(now.fd, durable.fd, 0, std::max(bytes, header->durable_bytes),
                                        [&](std::uint64_t, std::span<const std::byte> run, auto) -> Done {
                                          sectors += run.size() / kSectorBytes;
                                          return {};
                                        });
  if (!done) return tl::unexpected(done.error());
  return sectors;
}

Outcome<ContentCounts> rewrite_content(const Recording& recording, std::uint64_t file, const std::string& path,
                                       ContentChoice choice, bool dry_run) {
  const auto header = settled_header(recording, file);
  if (!header) return tl::unexpected(header.error());
  const auto samples = samples_of(recording, file);
  if (!samples) return tl::unexpected(samples.error());
  const Opened now(path, dry_run ? O_RDONLY : O_RDWR);
  const Opened durable(recording.file_path(file, ".durable"), O_RDONLY);
  if (now.fd < 0 || durable.fd < 0) return failure("open()", path);
  const std::uint64_t bytes = facts_of(now.fd, "", true).bytes;
  Fates fates(choice);
  fates.set_sampled(!samples->empty());
  const Shape shape = shape_of(fates, *header, bytes);
  ContentCounts counts;
  counts.size_lost = shape.lost;
  std::vector<std::pair<std::uint64_t, Sector>> writes;
  // The contents that a sector may get; behind a cut what was on disk before it is gone.
  const auto decide = [&](std::uint64_t at, const std::byte* in_now, const std::byte* in_durable) {
    static constexpr std::byte kZeros[kSectorBytes] = {};
    if (at >= shape.durable_to) in_durable = kZeros;
    if (at >= shape.now_to) {
      writes.emplace_back(at, Sector(reinterpret_cast<const char*>(in_durable), kSectorBytes));
      ++counts.lost;
      return;
    }
    const auto earlier = samples->find(at / kSectorBytes);
    const auto* held = earlier == samples->end() ? nullptr : &earlier->second;
    switch (fates.of(at / kSectorBytes, held, in_now)) {
      case Fate::Kept:
        ++counts.kept;
        return;
      case Fate::Lost:
        ++counts.lost;
        writes.emplace_back(at, Sector(reinterpret_cast<const char*>(in_durable), kSectorBytes));
        return;
      case Fate::Older:
        HW_CHECK(held != nullptr);
        ++counts.older;
        writes.emplace_back(at, (*held)[fates.random().below(held->size())]);
        return;
    }
  };
  const auto flush = [&]() -> Done {
    for (const auto& [at, content] : writes) {
      const std::uint64_t length = std::min<std::uint64_t>(content.size(), shape.bytes - at);
      if (dry_run) continue;
      if (::pwrite(now.fd, content.data(), length, static_cast<off_t>(at)) != static_cast<ssize_t>(length))
        return failure("pwrite()", path);
    }
    counts.changed |= !writes.empty();
    writes.clear();
    return {};
  };
  const Done done = for_each_difference(
      now.fd, durable.fd, 0, shape.bytes,
      [&](std::uint64_t at, std::span<const std::byte> in_now, std::span<const std::byte> in_durable) -> Done {
        for (std::uint64_t i = 0; i < in_now.size(); i += kSectorBytes)
          if (at + i < shape.bytes) decide(at + i, in_now.data() + i, in_durable.data() + i);
        return flush();
      });
  if (!done) return tl::unexpected(done.error());
  if (shape.bytes != bytes) {
    counts.changed = true;
    if (!dry_run && ::ftruncate(now.fd, static_cast<off_t>(shape.bytes)) != 0) return failure("ftruncate()", path);
  }
  return counts;
}

Outcome<std::uint64_t> verify_content(const Recording& recording, std::uint64_t file) {
  const auto header = settled_header(recording, file);
  if (!header) return tl::unexpected(header.error());
  std::uint64_t records = 0;
  std::uint64_t size = header->durable_bytes;
  std::map<std::uint64_t, Sector> last;
  Done done =
      for_each_record(recording, file, [&](const LogRecord& record, std::span<const std::byte> content) -> Done {
        ++records;
        if (record.type == LogType::Sync) {
          size = record.size;
          last.erase(last.lower_bound((size + kSectorBytes - 1) / kSectorBytes), last.end());
        }
        if (record.type != LogType::Sectors) return {};
        for (std::uint64_t at = 0; at < content.size(); at += kSectorBytes)
          last[(record.offset + at) / kSectorBytes] =
              Sector(reinterpret_cast<const char*>(content.data()) + at,
                     std::min<std::uint64_t>(kSectorBytes, content.size() - at));
        return {};
      });
  if (!done) return tl::unexpected(done.error());
  const std::string path = recording.file_path(file, ".durable");
  const Opened durable(path, O_RDONLY);
  if (durable.fd < 0) return failure("open()", path);
  if (size != header->durable_bytes || facts_of(durable.fd, "", true).bytes != size)
    return tl::unexpected(path + ": its size does not follow from the log");
  for (const auto& [sector, content] : last) {
    Sector there(std::min<std::uint64_t>(content.size(), size - sector * kSectorBytes), '\0');
    if (::pread(durable.fd, there.data(), there.size(), static_cast<off_t>(sector * kSectorBytes)) !=
        static_cast<ssize_t>(there.size()))
      return failure("pread()", path);
    if (there != content.substr(0, there.size()))
      return tl::unexpected(path + ": sector " + std::to_string(sector) + " does not follow from the log");
  }
  return records;
}

}  // namespace hw::powerloss
