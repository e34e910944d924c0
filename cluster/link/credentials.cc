#include "cluster/link/credentials.h"

#include <utility>

#include "engine/base/limits.h"

namespace hw::cluster {

namespace {

Error error_of(const TlsFault& fault) {
  const std::string_view key = fault.part == TlsFault::Part::Authority     ? "security.ca"
                               : fault.part == TlsFault::Part::Certificate ? "security.cert"
                                                                           : "security.key";
  return make_error<MsgId::HWCFGBAD>(key, fmt::format("{}: {}", fault.path, fault.why));
}

}  // namespace

LinkSecurity LinkSecurity::with_key(std::string path) {
  LinkSecurity out;
  out.mode = Mode::Key;
  out.key_file = std::move(path);
  return out;
}

LinkSecurity LinkSecurity::with_tls(std::string ca_path, std::string cert_path, std::string key_path) {
  LinkSecurity out;
  out.mode = Mode::Tls;
  out.ca = std::move(ca_path);
  out.cert = std::move(cert_path);
  out.key = std::move(key_path);
  return out;
}

Credentials::Credentials(LinkSecurity security) : security_(std::move(security)) {}

Result<std::shared_ptr<Credentials>> Credentials::load(const LinkSecurity& security) {
  std::shared_ptr<Credentials> out(new Credentials(security));
  if (security.mode == LinkSecurity::Mode::Key) {
    HW_TRY(out->key_, SecretFile::load(security.key_file));
  } else if (security.mode == LinkSecurity::Mode::Tls) {
    auto files = TlsFiles::load({security.ca, security.cert, security.key});
    if (!files.has_value()) return error_of(files.error());
    out->tls_ = *std::move(files);
  }
  return out;
}

const std::string& Credentials::key() {
  static const std::string none;
  return key_.has_value() ? key_->current() : none;
}

TlsContext Credentials::tls() { return tls_.has_value() ? tls_->current() : nullptr; }

std::optional<std::int64_t> Credentials::days_left() {
  if (!tls_.has_value()) return std::nullopt;
  tls_->current();
  return tls_->days_left();
}

std::optional<Error> Credentials::certificate_warning(const std::string& node) {
  const auto days = days_left();
  if (!days.has_value() || *days > kCertificateWarningDays) return std::nullopt;
  return make_error<MsgId::HWCERT>(node, *days);
}

std::optional<Error> Credentials::trouble() {
  if (key_.has_value()) {
    key_->current();
    return key_->trouble();
  }
  if (!tls_.has_value()) return std::nullopt;
  tls_->current();
  if (!tls_->trouble().has_value()) return std::nullopt;
  return error_of(*tls_->trouble());
}

}  // namespace hw::cluster
