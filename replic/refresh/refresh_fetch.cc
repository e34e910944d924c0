#include "replic/refresh/refresh_fetch.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include "engine/base/shared_memory.h"
#include "engine/base/sync_point.h"
#include "engine/region/open_region.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/own_identity.h"
#include "replic/link/link_tls.h"
#include "replic/refresh/refresh_link.h"

namespace hw {
namespace {

constexpr std::uint64_t kSyncedBytes = 256ull << 20;  // No single sync keeps the sender waiting for long.

/// Bytes that a file takes on its disk.
std::uint64_t stored_bytes(const std::string& path) {
  constexpr std::uint64_t kStatBlockBytes = 512;
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_blocks) * kStatBlockBytes : 0;
}

class Fetch {
 public:
  Fetch(const RefreshRequest& request, const GlobalDirectory& directory, RefreshLink& link)
      : request_(request), directory_(directory), link_(link) {}

  Result<RefreshArrival> run() {
    HW_TRY_VOID(ask());
    HW_TRY_VOID(link_.write(refresh::Begin{}));
    HW_TRY_VOID(wait_for_contents());
    HW_TRY_VOID(check_room());
    HW_TRY_VOID(prepare_files());
    request_.on_contents(arrival_.peer, arrival_.contents);
    HW_TRY_VOID(receive(arrival_.files.front(), arrival_.contents.instance_bytes, nullptr));
    HW_TRY_VOID(check_own_transactions());
    for (std::size_t i = 0; i < arrival_.contents.regions.size(); ++i) {
      const auto& region = arrival_.contents.regions[i];
      HW_TRY_VOID(receive(arrival_.files[i + 1], region.bytes, &region.name));
    }
    HW_TRY(const auto end, link_.expect<refresh::End>());
    if (end.bytes != done_ || end.total != total_)
      return make_error<MsgId::HWREPLPROTO>("what came is not what was sent, by its checksum");
    // The copies are on this disk; whether the other side hears of it is its log's concern.
    (void)link_.write(refresh::Taken{});
    return std::move(arrival_);
  }

 private:
  Status ask() {
    const RefreshSelf& self = request_.self;
    HW_TRY_VOID(link_.write(refresh::Ask{self.name, std::string(own_software()), self.regions}));
    HW_TRY(arrival_.peer, link_.expect<refresh::Offer>());
    HW_TRY_VOID(check_offer(self, arrival_.peer));
    return keep_own(only_here(self, nullptr, arrival_.peer.next_seqno));
  }

  /// HWREFRESHLOST for what only this instance has, unless it is given up; said once.
  Status keep_own(const std::optional<std::string>& what) {
    if (!what || (request_.discard && discarded_)) return {};
    if (!request_.discard) return make_error<MsgId::HWREFRESHLOST>(request_.self.name, arrival_.peer.instance, *what);
    discarded_ = true;
    request_.on_discard(make_error<MsgId::HWREFRESHDISCARD>(request_.self.name, arrival_.peer.instance, *what));
    return {};
  }

  Status check_own_transactions() {
    HW_TRY(const InstanceFile peer, InstanceFile::open(arrival_.files.front().temporary(), /*writable=*/false));
    return keep_own(only_here(request_.self, &peer.history(), arrival_.contents.next_seqno));
  }

  Status wait_for_contents() {
    for (;;) {
      HW_TRY(RefreshMessage message, link_.read());
      if (std::holds_alternative<refresh::Working>(message)) continue;
      if (auto* contents = std::get_if<refresh::Contents>(&message)) {
        arrival_.contents = std::move(*contents);
        return check_contents(request_.self, arrival_.peer, arrival_.contents);
      }
      return make_error<MsgId::HWREPLPROTO>(fmt::format("{} message where Contents is expected", name_of(message)));
    }
  }

  std::string path_of(const refresh::Contents::Region& region) const {
    const Region* here = directory_.find_region(region.name);
    HW_CHECK(here != nullptr);  // check_contents
    return directory_.database_path(*here);
  }

  Status check_room() const {
    std::map<dev_t, std::pair<std::string, std::vector<RefreshRoom>>> disks;  // A folder of each, and what goes there.
    for (const auto& region : arrival_.contents.regions) {
      const std::string path = path_of(region);
      struct stat info {};
      if (::stat(folder_of(path).c_str(), &info) != 0) return system_error("stat()", folder_of(path));
      auto& disk = disks[info.st_dev];
      disk.first = folder_of(path);
      disk.second.push_back({region.bytes, stored_bytes(path) + stored_bytes(image_path(path))});
    }
    for (const auto& [device, disk] : disks) {
      struct statvfs space {};
      if (::statvfs(disk.first.c_str(), &space) != 0) return system_error("statvfs()", disk.first);
      const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
      const std::uint64_t needed = room_needed(disk.second);
      if (needed > free) return make_error<MsgId::HWREFRESHROOM>(disk.first, free, needed);
    }
    return {};
  }

  Status prepare_files() {
    HW_TRY_VOID(prepare_file(peer_instance_path(request_.instance_path), request_.instance_path));
    for (const auto& region : arrival_.contents.regions) HW_TRY_VOID(prepare_file(path_of(region), path_of(region)));
    return {};
  }

  /// Like the file whose place it takes. At a site that has none yet it is the user's own.
  Status prepare_file(const std::string& path, const std::string& former) {
    auto model = rights_of(former);
    if (!model.has_value()) {
      if (model.error().os_errno != ENOENT) return std::move(model).error();
      model = SharedMemory::own_rights();
    }
    auto file = UnfinishedFile::create(path, *model);
    if (!file.has_value() && file.error().os_errno == EBUSY) return make_error<MsgId::HWREFRESHUSE>(path);
    if (!file.has_value()) return std::move(file).error();
    arrival_.files.push_back(std::move(*file));
    return {};
  }

  Status receive(const UnfinishedFile& file, std::uint64_t bytes, const std::string* region) {
    std::uint64_t unsynced = 0;
    for (std::uint64_t at = 0; at < bytes;) {
      HW_TRY(const auto piece, link_.expect<refresh::Piece>());
      if (piece.bytes.size() > bytes - at) return make_error<MsgId::HWREPLPROTO>("Piece message goes beyond its file");
      HW_TRY_VOID(file.file().write_all(at, piece.bytes));
      at += piece.bytes.size();
      done_ += piece.bytes.size();
      total_ = refresh_total(total_, piece.bytes);
      unsynced += piece.bytes.size();
      if (unsynced >= kSyncedBytes) {
        HW_TRY_VOID(sync_data_at(SyncPoint::RefreshPiece, file.file()));
        unsynced = 0;
      }
      if (region != nullptr && at < bytes) request_.on_bytes(*region, at, done_, false);
    }
    HW_TRY_VOID(sync_at(SyncPoint::RefreshFile, file.file()));
    if (region != nullptr) request_.on_bytes(*region, bytes, done_, true);
    return {};
  }

  const RefreshRequest& request_;
  const GlobalDirectory& directory_;
  RefreshLink& link_;
  RefreshArrival arrival_;
  bool discarded_ = false;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

/// The link's errors in the words of this command.
Error explained(const Error& error, const RefreshRequest& request) {
  const std::string peer = fmt::format("{}:{}", request.from.host, request.from.port);
  if (error.id == MsgId::REPLCOMM && error.os_errno == ECANCELED)
    return make_error<MsgId::HWINTERRUPTED>("Refresh", "nothing has been replaced");
  if (error.id == MsgId::REPLCOMM || error.id == MsgId::HWREPLPROTO || error.id == MsgId::TLSIOERROR)
    return make_error<MsgId::HWREFRESHPEER>(peer, refresh_end(error));
  return error;
}

}  // namespace

std::string peer_instance_path(const std::string& instance_path) { return instance_path + "-peer"; }

Result<RefreshArrival> fetch_refresh(const RefreshRequest& request, const GlobalDirectory& directory,
                                     const StopSignal& stop) {
  const auto tell = [&request](const Error& error) {
    if (error.severity == Severity::Warning) request.on_plain(error);
  };
  HW_TRY(LinkTls tls, LinkTls::load(request.tls, "Refresh", "refresh port", tell));
  auto stream =
      tls.connect(request.from.host, request.from.port, std::chrono::steady_clock::now() + request.silence, stop.fd());
  if (!stream.has_value()) return explained(stream.error(), request);
  RefreshLink link(std::move(*stream), request.silence, stop.fd());
  auto arrival = Fetch(request, directory, link).run();
  if (arrival.has_value()) return arrival;
  // Refuse only for reasons that the other side cannot know.
  const MsgId why = arrival.error().id;
  if (why != MsgId::REPLCOMM && why != MsgId::TLSIOERROR && why != MsgId::HWREFRESHPEER)
    link.refuse(arrival.error().text);
  return explained(arrival.error(), request);
}

}  // namespace hw
