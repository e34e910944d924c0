// replicate -refresh: this instance becomes a copy of another one, and a secondary that can follow it.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <ostream>

#include "engine/base/failpoint.h"
#include "engine/extract/progress.h"
#include "mupip/commands.h"
#include "mupip/database/set_databases.h"
#include "mupip/in_order.h"
#include "mupip/replicate/receiver_actions.h"
#include "mupip/replicate/source_actions.h"
#include "replic/history/held_reign.h"
#include "replic/instance/create_instance.h"
#include "replic/instance/instance.h"
#include "replic/link/protocol_level.h"
#include "replic/link/tcp.h"
#include "replic/process/server_log.h"
#include "replic/refresh/refresh_replace.h"
#include "replic/refresh/refresh_sender.h"

namespace hw::mupip {
namespace {

constexpr std::uint64_t kSilenceDefault_s = 60;
constexpr std::uint64_t kSilenceMax_s = 86400;
constexpr std::uint64_t kMega = 1 << 20;

struct RefreshOptions {
  HostPort from;
  std::optional<std::string> name;
  std::optional<std::uint16_t> listen_port;
  std::string log_path;  ///< empty: none given
  std::optional<std::uint64_t> pool_bytes;
  std::uint64_t silence_s = kSilenceDefault_s;
  bool discard = false;
  TlsOptions tls;  ///< also of the servers that are started
};

Result<RefreshOptions> options_of(const ParsedCommand& command) {
  HW_TRY(const std::uint16_t level, protocol_level_from_environment());
  if (level == kLevelDualSite) return value_error("REFRESH is not for an instance of the dual-site version");
  RefreshOptions options;
  HW_TRY(options.from, parse_host_port(command.value("FROM")));
  if (const auto name = command.text("NAME")) {
    HW_TRY_VOID(InstanceName::parse(*name));
    options.name = name;
  }
  HW_TRY(options.listen_port, parse_port(command, "LISTENPORT"));
  options.log_path = command.value("LOG");
  if (command.has("BUFFSIZE")) {
    HW_TRY(options.pool_bytes, parse_pool_bytes(command));
  }
  options.silence_s = command.number("TIMEOUT").value_or(kSilenceDefault_s);
  if (options.silence_s < 1 || options.silence_s > kSilenceMax_s)
    return value_error(fmt::format("Invalid value for TIMEOUT qualifier, must be in the range [1,{}]", kSilenceMax_s));
  options.discard = command.has("DISCARD");
  HW_TRY(options.tls, parse_tls(command));
  return options;
}

/// A value as it would be typed, for the logs of the servers.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

/// The name of the instance: -name, that of its file, or the environment's. Errors: REPLINSTNMUNDEF, REPLINSTNMLEN.
Status find_self(const RefreshOptions& options, const GlobalDirectory& directory, const std::string& instance_path,
                 RefreshSelf& self) {
  for (const Region& region : directory.regions()) {
    self.regions.push_back(region.name);
    if (file_exists(directory.database_path(region))) self.created.push_back(region.name);
  }
  const bool known = read_refresh_self(instance_path, self);
  // Where an earlier run was broken off, the databases are the other instance's. One that was started has their seqno.
  self.unknown_past = self.history.empty() && self.next_seqno == Seqno{1} &&
                      !file_exists(peer_instance_path(instance_path)) && have_transactions(directory);
  const char* environment = std::getenv("gtm_repl_instname");
  if (options.name) {
    self.name = *options.name;
  } else if (!known) {
    if (environment == nullptr) return make_error<MsgId::REPLINSTNMUNDEF>();
    self.name = environment;
  }
  HW_TRY_VOID(InstanceName::parse(self.name));
  return {};
}

/// A port that is taken is better known before everything is replaced.
Status check_listen_port(std::uint16_t port) {
  const auto free = TcpListener::listen(port);
  if (free.has_value()) return {};
  return port_taken(free.error(), port);
}

/// A bar on a terminal, and a line for each region; without a terminal also a line for each tenth of all.
class RefreshProgress {
 public:
  RefreshProgress(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}

  void begin(const refresh::Offer& peer, const refresh::Contents& contents) {
    total_ = contents.total_bytes();
    out_ << make_line<MsgId::HWREFRESHFROM>(peer.instance, contents.regions.size(), contents.next_seqno.value,
                                            contents.next_seqno.value, total_)
         << '\n'
         << std::flush;
    bar_.emplace(terminal_ ? &out_ : nullptr, "refresh", total_, std::chrono::steady_clock::now, "MiB");
  }
  void tell(const std::string& region, std::uint64_t bytes, std::uint64_t done, bool whole) {
    bar_->piece(done / kMega, done);
    const std::uint64_t tenth = done * 10 / std::max<std::uint64_t>(total_, 1);
    if (whole) {
      bar_->done();
      out_ << make_line<MsgId::HWREFRESHREGION>(region, bytes, done, total_) << '\n' << std::flush;
    } else if (!terminal_ && tenth != tenth_) {
      out_ << make_line<MsgId::TEXT>(fmt::format("{} of {} bytes received", done, total_)) << '\n' << std::flush;
    }
    tenth_ = tenth;
  }

 private:
  std::ostream& out_;
  const bool terminal_;
  std::uint64_t total_ = 0;
  std::uint64_t tenth_ = 0;
  std::optional<Progress> bar_;
};

class Refresh {
 public:
  Refresh(RefreshOptions options, std::string instance_path, GlobalDirectory directory, Console& console)
      : options_(std::move(options)),
        instance_path_(std::move(instance_path)),
        directory_(std::move(directory)),
        console_(console) {}

  Result<int> run() {
    if (options_.listen_port) HW_TRY_VOID(check_listen_port(*options_.listen_port));
    if (lacks_only_receiver()) {
      console_.err << make_line<MsgId::HWREFRESHREST>(self_.name) << '\n';
      return start_receiver();
    }
    HW_TRY_VOID(check_refreshable(directory_, instance_path_));
    HW_TRY_VOID(find_self(options_, directory_, instance_path_, self_));
    StopSignal stop;
    HW_TRY_VOID(stop.open());
    HW_TRY(RefreshArrival arrival, fetch(stop));
    HW_TRY_VOID(replace_instance(arrival, directory_, instance_path_, tell_renamed()));
    if (auto made = make_instance(arrival); !made.has_value() || *made != 0) return made;
    if (auto started = start_source(arrival.peer.instance); !started.has_value() || *started != 0) return started;
    return start_receiver();
  }

 private:
  /// Where an earlier run was broken off: the file of the other instance is there until the receiver has started.
  bool lacks_only_receiver() {
    if (!file_exists(peer_instance_path(instance_path_)) || !find_pool(instance_path_).has_value()) return false;
    return read_refresh_self(instance_path_, self_) && self_.history.empty();
  }

  Result<RefreshArrival> fetch(const StopSignal& stop) {
    RefreshProgress progress(console_.err, ::isatty(STDERR_FILENO) != 0);
    RefreshRequest request;
    request.from = options_.from;
    request.silence = std::chrono::seconds(options_.silence_s);
    request.discard = options_.discard;
    request.tls = options_.tls;
    request.self = self_;
    request.instance_path = instance_path_;
    request.on_contents = [&](const auto& peer, const auto& contents) { progress.begin(peer, contents); };
    request.on_bytes = [&](const auto& region, auto bytes, auto done, bool whole) {
      progress.tell(region, bytes, done, whole);
    };
    request.on_plain =
        request.on_discard = [&](const Error& warning) { console_.err << warning.render() << std::flush; };
    return fetch_refresh(request, directory_, stop);
  }

  /// Journals, and then the instance file: with it the instance can be started.
  Result<int> make_instance(RefreshArrival& arrival) {
    HW_TRY(const int status, make_journals(arrival.contents));
    if (status != 0) return status;
    fail_here(FailPoint::RefreshJournaled);
    HW_TRY_VOID(arrival.files.front().publish(/*replace=*/true));
    CreateInstanceOptions create;
    HW_TRY(create.path, instance_path_from_environment());
    HW_TRY(create.name, InstanceName::parse(self_.name));
    HW_TRY_VOID(create_instance(create, tell_renamed()));
    HW_TRY_VOID(remove_file(replaced_instance_path(instance_path_)));
    const std::uint64_t seqno = arrival.contents.next_seqno.value;
    console_.err << make_line<MsgId::HWREFRESHED>(self_.name, arrival.peer.instance, seqno, seqno) << '\n'
                 << std::flush;
    return 0;
  }

  /// `set -replication=on -journal=enable,on` on the regions that replicate.
  Result<int> make_journals(const refresh::Contents& contents) const {
    std::vector<SetTarget> targets;
    for (const Region& region : directory_.regions()) {
      const auto copy = std::ranges::find(contents.regions, region.name, &refresh::Contents::Region::name);
      if (copy != contents.regions.end() && copy->replicated)
        targets.push_back({directory_.database_path(region), &region});
    }
    const auto replicated = std::ranges::count(contents.regions, true, &refresh::Contents::Region::replicated);
    HW_CHECK(targets.size() == static_cast<std::size_t>(replicated));  // check_contents
    if (targets.empty()) return 0;
    SetOptions options;
    options.settings.journal.emplace();
    options.settings.journal->enable = true;
    options.settings.journal->on = true;
    options.settings.replication = true;
    return set_databases(targets, options, console_);
  }

  /// A passive server: it makes the journal pool, and is there for the other instance when the roles change.
  Result<int> start_source(std::string peer) const {
    const std::string folder = folder_of(absolute_path(options_.log_path.empty() ? instance_path_ : options_.log_path));
    HW_TRY(InstanceName secondary, InstanceName::parse(peer));
    std::replace(peer.begin(), peer.end(), '/', '_');
    SourceStartOptions start{.secondary_name = std::move(secondary),
                             .secondary = {},
                             .role = InstanceRole::Propagating,
                             .log_path = fmt::format("{}/source_{}.log", folder, peer),
                             .pool_bytes = options_.pool_bytes.value_or(kPoolBytesDefault),
                             .connect = {},
                             .filter_command = {},
                             .refresh_port = {},
                             .tls = options_.tls};
    HW_TRY_VOID(check_path(start.log_path, kPathBytesMax));
    const std::string line = fmt::format(
        "mupip replicate -source -start -passive -propagateprimary -instsecondary={} -log={}{}{}",
        in_quotes(start.secondary_name.view()), in_quotes(start.log_path), pool_size(), text_of(options_.tls));
    HW_TRY(const int status, start_source_server(start, line, console_));
    fail_here(FailPoint::RefreshNotStarted);
    return status;
  }

  Result<int> start_receiver() {
    const std::string peer_file = peer_instance_path(instance_path_);
    if (!options_.listen_port) {
      console_.err << make_line<MsgId::HWREFRESHNEXT>(fmt::format(
                          "mupip replicate -receiver -start -listenport=PORT -log=FILE -updateresync={}", peer_file))
                   << '\n';
      return 0;
    }
    ReceiverStartOptions start;
    start.listen_port = options_.listen_port;
    start.log_path = options_.log_path;
    start.pool_bytes = options_.pool_bytes.value_or(kPoolBytesDefault);
    start.tls = options_.tls;
    start.update_resync = true;
    start.update_resync_instance_file = peer_file;
    const std::string line =
        fmt::format("mupip replicate -receiver -start -listenport={} -log={}{}{} -updateresync={}", *start.listen_port,
                    in_quotes(start.log_path), pool_size(), text_of(options_.tls), in_quotes(peer_file));
    HW_TRY(const int status, start_receiver_server(start, line, console_));
    if (status != 0) return status;
    HW_TRY_VOID(remember_reign(peer_file));
    HW_TRY_VOID(remove_file(peer_file));
    return 0;
  }

  /// The receiver server asks the file that it was started with, which goes now; it may be started again before the
  /// other instance has sent anything.
  Status remember_reign(const std::string& peer_file) const {
    HW_TRY(const InstanceFile peer, InstanceFile::open(peer_file, /*writable=*/false));
    const Seqno next = peer.header().seqno;
    if (next.value <= 1) return {};
    const HistoryRecord* held = peer.history().covering(Seqno{next.value - 1});
    if (held == nullptr) return {};
    HW_TRY(InstanceFile own, InstanceFile::open(instance_path_));
    return own.receive_history(held_record(*held, next), HistoryKind::UpdateResync);
  }

  std::string pool_size() const {
    return options_.pool_bytes ? fmt::format(" -buffsize={}", *options_.pool_bytes) : "";
  }

  std::function<void(const std::string& from, const std::string& to)> tell_renamed() const {
    return [this](const std::string& from, const std::string& to) {
      console_.err << make_line<MsgId::FILERENAME>(from, to) << '\n';
    };
  }

  const RefreshOptions options_;
  const std::string instance_path_;
  const GlobalDirectory directory_;
  Console& console_;
  RefreshSelf self_;
};

}  // namespace

Result<int> run_refresh(const ParsedCommand& command, Console& console) {
  HW_TRY(RefreshOptions options, options_of(command));
  HW_TRY(GlobalDirectory directory, GlobalDirectory::load_from_environment());
  HW_TRY(std::string instance_path, instance_path_from_environment());
  auto done =
      Refresh(std::move(options), resolved_link(absolute_path(instance_path)), std::move(directory), console).run();
  if (!done.has_value() && done.error().id == MsgId::HWINTERRUPTED) return halted(done.error());
  return done;
}

Result<int> run_refresh_send(const ParsedCommand& command, Console& console) {
  // Standard output is the server's log, to which others write too: a line is one write.
  const auto say = [&](std::string_view line) { console.out << timed(line) + "\n" << std::flush; };
  HW_TRY(const TlsOptions tls, parse_tls(command));
  const Status sent = run_refresh_sender(::dup(STDIN_FILENO), tls, say);
  if (sent.has_value()) return 0;
  if (sent.error().id == MsgId::REPLNOTLS) return kSenderNotTls;
  if (sent.error().id == MsgId::TLSHANDSHAKE) return kSenderNotAccepted;
  say(sent.error().lines());
  return sent.error().status();
}

}  // namespace hw::mupip
