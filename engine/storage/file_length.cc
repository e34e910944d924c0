#include "engine/storage/file_length.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <utility>

#include "engine/base/bus_error.h"
#include "engine/base/file.h"
#include "engine/storage/page.h"
#include "engine/storage/structure_check.h"

namespace hw {
namespace {

/// The file's bytes, and zeros up to `reach`: what it would be if it were made that long.
class Prolonged {
 public:
  static Result<Prolonged> map(const File& file, std::uint64_t bytes, std::uint64_t reach) {
    constexpr int kPlain = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    Prolonged all;
    void* const at = ::mmap(nullptr, reach, PROT_READ, kPlain, -1, 0);
    if (at == MAP_FAILED) return system_error("mmap()", file.path());
    all.data_ = static_cast<std::byte*>(at);
    all.bytes_ = reach;
    note_mapped_file(file.fd(), file.path(), MappedKind::Database);
    if (::mmap(at, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, file.fd(), 0) == MAP_FAILED)
      return system_error("mmap()", file.path());
    return all;
  }
  Prolonged(Prolonged&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  Prolonged& operator=(Prolonged&&) = delete;
  ~Prolonged() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
  }
  Bytes bytes() const { return {data_, bytes_}; }

 private:
  Prolonged() = default;
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
};

/// Whether pages that a tree or a large value needs are past the end of the file.
Result<bool> misses_pages(const File& file, std::uint64_t bytes, std::uint64_t reach, const MetaPage& meta) {
  HW_TRY(const Prolonged all, Prolonged::map(file, bytes, reach));
  bool missing = false;
  StructureOptions options;
  options.faults_max = 0;
  // Faults of nodes are not about the file's length, and the file's null collation is not known here.
  options.fault = [&](std::uint64_t, std::string_view node, std::string_view) { missing = missing || node.empty(); };
  options.stop = [&] { return missing; };
  (void)check_structure(all.bytes(), meta, options);
  return missing;
}

}  // namespace

Status check_length(const std::string& path, FileUse use) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::DBOPNERR>(std::move(error), path); };
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return refuse(std::move(file).error());
  auto bytes = file->size();
  if (!bytes.has_value()) return refuse(std::move(bytes).error());
  if (*bytes < 2 * kPageBytes) return {};
  std::array<std::byte, 2 * kPageBytes> pages{};
  if (Status got = file->read_exact(0, pages); !got.has_value()) return refuse(std::move(got).error());
  const auto meta = newest_meta(pages);
  if (!meta) return {};
  const std::uint64_t reach = (meta->last_page + 1) * kPageBytes;
  bytes = file->size();  // Again: a live file may have grown, and grows before its meta page says so.
  if (!bytes.has_value()) return refuse(std::move(bytes).error());
  if (*bytes >= reach) return {};
  bool missing = use == FileUse::Live;
  if (!missing) {
    HW_TRY(missing, misses_pages(*file, *bytes, reach, *meta));
  }
  if (missing)
    return make_error<MsgId::HWDBDAMAGED>(
        path, fmt::format("it was cut: it has {} bytes, and its meta page counts {}", *bytes, reach));
  HW_TRY(const File longer, File::open(path, O_RDWR));
  return longer.truncate(reach);
}

}  // namespace hw
