#include "engine/recovery/images_seen.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "engine/recovery/attach.h"
#include "engine/recovery/checkpoint.h"

namespace hw {
namespace {

/// Of the process and not of the image.
bool says_nothing(const Error& error) {
  constexpr int kOwn[] = {EACCES, EPERM, EROFS, ENOMEM};
  return is_out_of_files(error) || std::ranges::find(kOwn, error.os_errno) != std::end(kOwn);
}

}  // namespace

ImagesSeen::Stamp ImagesSeen::stamp_of(const std::string& image) {
  struct stat info {};
  if (::stat(image.c_str(), &info) != 0) return {};
  return {
      {info.st_dev, info.st_ino}, static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

bool ImagesSeen::is_new(Domain& domain, const OpenRegion& region) const {
  const PoolRegion& facts = domain.facts(region);
  if (facts.in_use.load(std::memory_order_acquire) == 0 || facts.journaled == 0) return false;
  const std::string image = image_path(region.path);
  const auto seen = seen_.find(image);
  return seen == seen_.end() ? true : seen->second != stamp_of(image);
}

void ImagesSeen::note(const OpenRegion& region) {
  const std::string image = image_path(region.path);
  seen_[image] = stamp_of(image);
}

Status require_usable_image(Domain& domain, const OpenRegion& region) {
  HW_CHECK_DEAR(domain.header().checkpoint_lock.is_mine());
  const auto told = [](Error why) { return std::move(why.note("It is made again from the database")); };
  const auto image = read_image_header(region.path);
  if (!image.has_value() && says_nothing(image.error())) return {};
  if (!image.has_value()) return told(image.error());
  const auto nobody_switches = CommitLock::take(domain, CommitLock::Behind::Stays);
  if (!nobody_switches.has_value()) return {};
  const Status usable = check_image(region, *image, domain.facts(region));
  return usable.has_value() ? usable : Status(told(usable.error()));
}

}  // namespace hw
