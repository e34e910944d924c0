#include "engine/tls/tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <ctime>
#include <utility>

#include "engine/base/check.h"
#include "engine/tls/certificate.h"
#include "engine/tls/openssl_reason.h"

namespace hw {
namespace {

/// What both ends of every connection do.
void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A key with a pass phrase would be asked for at a terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
}

}  // namespace

TlsFiles::TlsFiles(TlsPaths paths) : paths_(std::move(paths)) {}

tl::expected<TlsFiles, TlsFault> TlsFiles::load(TlsPaths paths) {
  TlsFiles out(std::move(paths));
  if (auto fault = out.read()) return tl::unexpected(*std::move(fault));
  return out;
}

const TlsContext& TlsFiles::current() {
  if (stamps() != stamps_) trouble_ = read();
  return context_;
}

TlsFiles::Stamps TlsFiles::stamps() const {
  return {stamp_of(paths_.authority), stamp_of(paths_.certificate), stamp_of(paths_.key)};
}

std::optional<TlsFault> TlsFiles::read() {
  // Before the files: one that is replaced meanwhile is read again at the next look.
  stamps_ = stamps();
  ERR_clear_error();
  const TlsContext made(SSL_CTX_new(TLS_method()), SSL_CTX_free);
  HW_CHECK(made != nullptr);  // Fails without memory only.
  SSL_CTX* const context = made.get();
  set_rules(context);
  using Part = TlsFault::Part;
  if (SSL_CTX_load_verify_file(context, paths_.authority.c_str()) != 1)
    return TlsFault{Part::Authority, paths_.authority, openssl_reason()};
  const bool has_own = !paths_.certificate.empty() || !paths_.key.empty();
  if (has_own && SSL_CTX_use_certificate_chain_file(context, paths_.certificate.c_str()) != 1)
    return TlsFault{Part::Certificate, paths_.certificate, openssl_reason()};
  // Also when it is not the certificate's.
  if (has_own && SSL_CTX_use_PrivateKey_file(context, paths_.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return TlsFault{Part::Key, paths_.key, openssl_reason()};
  context_ = made;
  return std::nullopt;
}

std::int64_t TlsFiles::certificate_end_s() const { return end_s_of(*SSL_CTX_get0_certificate(context_.get())); }

std::int64_t TlsFiles::days_left() const { return days_until(certificate_end_s(), std::time(nullptr)); }

}  // namespace hw
