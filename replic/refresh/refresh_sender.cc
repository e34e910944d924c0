#include "replic/refresh/refresh_sender.h"

#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "engine/base/failpoint.h"
#include "engine/base/mutex.h"
#include "engine/base/start_thread.h"
#include "replic/instance/instance.h"
#include "replic/instance/own_identity.h"
#include "replic/instance/site_backup.h"
#include "replic/link/link_tls.h"
#include "replic/process/daemon.h"
#include "replic/refresh/refresh_link.h"

namespace hw {
namespace {

using namespace std::chrono_literals;

constexpr auto kSilenceMax = 60s;
constexpr auto kTellPeriod = 5s;

/// Says Working again and again while this process is busy with its copies.
class Teller {
 public:
  explicit Teller(RefreshLink& link) : link_(link) {}
  ~Teller() {
    if (!thread_.joinable()) return;
    {
      const MutexLock guard(mutex_);
      done_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  /// Errors: SYSCALL when the system allows no thread.
  Status start() {
    HW_TRY(thread_, start_thread("refresh", [this] { run(); }));
    return {};
  }
  /// Why the other side cannot be told any more.
  Status status() {
    const MutexLock guard(mutex_);
    return status_;
  }

 private:
  void run() {
    MutexLock lock(mutex_);
    while (status_.has_value() &&
           !changed_.wait_for(lock, kTellPeriod, [this]() HW_REQUIRES(mutex_) { return done_; })) {
      lock.unlock();
      Status told = link_.write(refresh::Working{});
      lock.lock();
      status_ = std::move(told);
    }
  }

  RefreshLink& link_;
  Mutex mutex_;
  Condition changed_;
  bool done_ HW_GUARDED_BY(mutex_) = false;
  Status status_ HW_GUARDED_BY(mutex_);
  std::thread thread_;
};

class Sender {
 public:
  Sender(RefreshLink& link, const StopSignal& stop, const std::function<void(std::string_view)>& say,
         GlobalDirectory directory, std::string instance_path)
      : link_(link),
        stop_(stop),
        say_(say),
        directory_(std::move(directory)),
        instance_path_(std::move(instance_path)) {}

  Status run() {
    HW_TRY(const auto ask, link_.expect<refresh::Ask>());
    say_(fmt::format("Refresh: instance {} at {} ({}) asks", ask.instance, link_.remote(), ask.software));
    HW_TRY(const refresh::Offer offer, make_offer());
    HW_TRY_VOID(link_.write(offer));
    HW_TRY_VOID(link_.expect<refresh::Begin>());
    HW_TRY_VOID(make_copies());
    say_(fmt::format("Refresh: copies for instance {} are made, at seqno {} [0x{:X}], {} bytes", ask.instance,
                     contents_.next_seqno.value, contents_.next_seqno.value, contents_.total_bytes()));
    HW_TRY_VOID(link_.write(contents_));
    for (const File& copy : copies_) HW_TRY_VOID(send(copy));
    copies_.clear();  // Their room is free before the other side has all on its disk.
    HW_TRY_VOID(link_.write(refresh::End{sent_, total_}));
    HW_TRY_VOID(link_.expect<refresh::Taken>());
    say_(fmt::format("Refresh: instance {} has taken all of it", ask.instance));
    return {};
  }

 private:
  Result<refresh::Offer> make_offer() {
    HW_TRY(const JournalPool pool, find_pool(instance_path_));
    HW_TRY(const InstanceFile instance, InstanceFile::open(instance_path_, /*writable=*/false));
    refresh::Offer offer;
    offer.instance = instance.header().name;
    offer.software = own_software();
    offer.role = pool.header().updates_enabled.load() != 0 ? InstanceRole::Root : InstanceRole::Propagating;
    offer.next_seqno = Seqno{pool.header().next_seqno.load()};
    for (const Region& region : directory_.regions()) offer.regions.push_back(region.name);
    return offer;
  }

  /// All copies, the instance file's first.
  Status make_copies() {
    Teller teller(link_);
    HW_TRY_VOID(teller.start());
    SiteBackup backup;
    backup.instance_file = backup.instance_to.emplace(absolute_path(instance_path_));
    backup.options.new_journals = false;  // The journals of this instance are not what is copied.
    HW_TRY(File instance, File::open_unnamed(folder_of(backup.instance_file)));
    copies_.push_back(std::move(instance));
    for (const Region& region : directory_.regions()) {
      const std::string path = directory_.database_path(region);
      if (!file_exists(path)) continue;
      backup.targets.push_back({&region, path, false});
      HW_TRY(File copy, File::open_unnamed(folder_of(path)));
      copies_.push_back(std::move(copy));
    }
    backup.on_point = [this](const BackupPoint& point) {
      for (const BackupRegion& region : point.regions())
        contents_.regions.push_back({region.region->definition.name, region.region->header.replicated, 0});
    };
    backup.progress = [&](const BackupRegion&, std::uint64_t, std::uint64_t) -> Status {
      if (stop_.requested()) return make_error<MsgId::FORCEDHALT>();
      return teller.status();
    };
    std::vector<const File*> regions;
    for (std::size_t i = 1; i < copies_.size(); ++i) regions.push_back(&copies_[i]);
    auto report = copy_site(backup, regions, &copies_.front());
    if (!report.has_value())
      return std::move(report).error().note(
          "Copies to be sent are files without a name in the folder of each database");
    contents_.next_seqno = report->seqno;
    HW_TRY(contents_.instance_bytes, copies_.front().size());
    for (std::size_t i = 0; i < regions.size(); ++i) {
      HW_TRY(contents_.regions[i].bytes, regions[i]->size());
    }
    return {};
  }

  Status send(const File& copy) {
    HW_TRY(const std::uint64_t bytes, copy.size());
    for (std::uint64_t at = 0; at < bytes;) {
      piece_.resize(std::min<std::uint64_t>(kRefreshPieceBytesMax, bytes - at));
      HW_TRY_VOID(copy.read_exact(at, std::as_writable_bytes(std::span(piece_))));
      HW_TRY_VOID(link_.write_piece(as_bytes(piece_)));
      fail_here(FailPoint::RefreshPieceSent);
      total_ = refresh_total(total_, as_bytes(piece_));
      sent_ += piece_.size();
      at += piece_.size();
    }
    return {};
  }

  RefreshLink& link_;
  const StopSignal& stop_;
  const std::function<void(std::string_view)>& say_;
  const GlobalDirectory directory_;
  const std::string instance_path_;
  refresh::Contents contents_;
  std::vector<File> copies_;
  std::string piece_;
  std::uint64_t sent_ = 0;
  std::uint64_t total_ = 0;
};

Status send_instance(RefreshLink& link, const StopSignal& stop, const std::function<void(std::string_view)>& say) {
  HW_TRY(GlobalDirectory directory, GlobalDirectory::load_from_environment());
  HW_TRY(std::string instance_path, instance_path_from_environment());
  return Sender(link, stop, say, std::move(directory), std::move(instance_path)).run();
}

/// The other side's doing, not this instance's.
bool is_of_the_link(const Error& error) {
  return error.id == MsgId::REPLCOMM || error.id == MsgId::TLSIOERROR || error.id == MsgId::HWREPLPROTO ||
         error.id == MsgId::HWREFRESHPEER;
}

}  // namespace

Status run_refresh_sender(int connection, const TlsOptions& tls_options,
                          const std::function<void(std::string_view)>& say) {
  StopSignal stop;
  HW_TRY_VOID(stop.open());
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  HW_TRY(TcpStream stream, TcpStream::adopt(connection));
  const std::string remote = stream.remote();
  std::optional<Error> refused;
  const auto tell = [&](const Error& error) {
    if (error.severity == Severity::Error)
      refused = error;
    else if (error.id != MsgId::HWCERT)  // The server tells of its certificate.
      say(error.lines());
  };
  HW_TRY(LinkTls tls, LinkTls::load(tls_options, "Refresh port", "instance that is refreshed", tell));
  if (!tls.accept(stream)) return refused.value_or(make_error<MsgId::HWREFRESHPEER>(remote, "Connection closed"));
  if (tls.is_on()) say(fmt::format("Refresh: {} with {}", encryption_line(stream.encryption()), remote));
  RefreshLink link(std::move(stream), kSilenceMax, stop.fd());
  Status done = send_instance(link, stop, say);
  if (done.has_value() || done.error().id == MsgId::HWREFRESHPEER) return done;
  if (done.error().id != MsgId::REPLCOMM && done.error().id != MsgId::TLSIOERROR)
    link.refuse(refresh_end(done.error()));
  if (!is_of_the_link(done.error())) return done;
  return make_error<MsgId::HWREFRESHPEER>(remote, refresh_end(done.error()));
}

}  // namespace hw
