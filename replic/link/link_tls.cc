#include "replic/link/link_tls.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "replic/link/tls_settings.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kHelloMax = 5s;  // Until the other end has begun to speak TLS, and until it is done with it.
// The same where plain is allowed: a source server of that kind waits in silence.
constexpr auto kHelloOrPlainMax = 2s;
constexpr std::uint64_t kLookPeriod_ms = 60000;

std::uint64_t now_ms() {
  const auto now = steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

Error unusable(const TlsFault& fault) {
  return make_error<MsgId::TLSINIT>().note(fmt::format("{}: {}", fault.path, fault.why));
}

}  // namespace

Result<LinkTls> LinkTls::load(const TlsOptions& options, std::string_view self, std::string_view other, Tell tell) {
  LinkTls out;
  if (!options.id.has_value()) return out;
  HW_TRY(TlsPaths paths, tls_settings_from_environment(*options.id));
  auto files = TlsFiles::load(std::move(paths));
  if (!files.has_value()) return unusable(files.error());
  out.files_ = *std::move(files);
  out.fallback_ = options.plaintext_fallback;
  out.self_ = self;
  out.other_ = other;
  out.tell_ = std::move(tell);
  (void)out.context();  // Tells of a certificate that ends soon.
  return out;
}

const TlsContext& LinkTls::context() {
  const TlsContext& now = files_->current();
  std::string trouble;
  if (files_->trouble().has_value()) trouble = unusable(*files_->trouble()).lines();
  if (!trouble.empty() && trouble != trouble_told_) tell_(unusable(*files_->trouble()).as(Severity::Warning));
  trouble_told_ = std::move(trouble);
  const std::int64_t days = files_->days_left();
  if (days <= kCertificateWarningDays && days_told_ != days) {
    tell_(make_error<MsgId::HWCERT>(self_, days));
    days_told_ = days;
  }
  looked_ms_ = now_ms();
  if (shown_ != nullptr) {
    const auto end_s = static_cast<std::uint64_t>(std::max<std::int64_t>(files_->certificate_end_s(), 0));
    shown_->certificate_us.store(end_s * 1'000'000);
  }
  return now;
}

void LinkTls::show_in(PoolEncryption& shown) {
  shown.refused.store(0);
  shown.certificate_us.store(0);
  shown.state.store(static_cast<std::uint32_t>(EncryptionState::Off));
  if (!is_on()) return;
  shown_ = &shown;
  (void)context();
  show(std::nullopt);
}

void LinkTls::show(const std::optional<std::string>& encryption) {
  if (shown_ == nullptr) return;
  const EncryptionState state = !encryption.has_value() ? EncryptionState::NotConnected
                                : encryption->empty()   ? EncryptionState::Plain
                                                        : EncryptionState::Encrypted;
  shown_->state.store(static_cast<std::uint32_t>(state));
}

void LinkTls::look() {
  if (is_on() && now_ms() - looked_ms_ >= kLookPeriod_ms) (void)context();
}

Error LinkTls::no_tls() const { return make_error<MsgId::REPLNOTLS>(self_, other_); }

void LinkTls::tell(const std::string& who, const Error& error) {
  if (const auto due = denial(told_, who, error)) tell_(*due);
}

void LinkTls::refuse(const std::string& who, const Error& error) {
  if (shown_ != nullptr) shown_->refused.fetch_add(1);
  tell(who, error);
}

Result<TcpStream> LinkTls::connect(const std::string& host, std::uint16_t port, Deadline deadline, int wake_fd) {
  HW_TRY(TcpStream stream, TcpStream::connect(host, port, deadline, wake_fd));
  if (!is_on()) return stream;
  const auto start = stream.start_tls(context(), TlsEnd::Client, deadline, wake_fd);
  const std::string who = host_of(stream.remote());
  if (!start.has_value()) {
    if (start.error().id == MsgId::TLSHANDSHAKE) refuse(who, start.error());
    return start.error();
  }
  switch (*start) {
    case TlsStart::Encrypted:
      return stream;
    case TlsStart::TimedOut:
      return make_error<MsgId::REPLCOMM>().with_errno(ETIMEDOUT);
    case TlsStart::Woken:
      return make_error<MsgId::REPLCOMM>().with_errno(ECANCELED);
    case TlsStart::NotTls:
      break;
  }
  if (!fallback_) {
    refuse(who, no_tls());
    return no_tls();
  }
  tell(who, no_tls().as(Severity::Warning));
  return TcpStream::connect(host, port, deadline, wake_fd);
}

bool LinkTls::accept(TcpStream& stream) {
  if (!is_on()) return true;
  const std::string who = host_of(stream.remote());
  const Deadline until = steady_clock::now() + kHelloMax;
  char first = '\0';
  const auto come = stream.peek(first, fallback_ ? steady_clock::now() + kHelloOrPlainMax : until, /*wake_fd=*/-1);
  if (!come.has_value()) return false;  // It has gone again.
  if (*come != Waited::Ready || !begins_tls(first)) {
    if (fallback_)
      tell(who, no_tls().as(Severity::Warning));
    else
      refuse(who, no_tls());
    return fallback_;
  }
  const auto started = stream.start_tls(context(), TlsEnd::Server, until, /*wake_fd=*/-1);
  if (started.has_value() && *started == TlsStart::Encrypted) return true;
  if (!started.has_value())
    refuse(who, started.error());
  else
    refuse(who, make_error<MsgId::TLSHANDSHAKE>().note("The other side says nothing"));
  return false;
}

std::optional<Error> denial(DenialLog& told, const std::string& who, Error error) {
  const auto before = told.denied(who, now_ms());
  if (!before.has_value()) return std::nullopt;
  error.note(fmt::format("The other side is {}", who));
  if (*before > 0) error.note(fmt::format("{} more were not told", *before));
  return error;
}

std::string host_of(const std::string& remote) { return remote.substr(0, remote.rfind(':')); }

std::string encryption_line(const std::string& encryption) {
  return encryption.empty() ? "Connection is not encrypted" : "Connection is encrypted: " + encryption;
}

}  // namespace hw
