#include "engine/tls/tls_session.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <climits>

#include "engine/base/check.h"
#include "engine/tls/openssl_reason.h"

namespace hw {
namespace {

int size_of(std::size_t bytes) { return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX)); }

}  // namespace

TlsSession::TlsSession(const TlsContext& context, TlsEnd end) : ssl_(SSL_new(context.get()), SSL_free) {
  // These fail without memory only.
  HW_CHECK(ssl_ != nullptr);
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  HW_CHECK(in != nullptr && out != nullptr);
  BIO_set_mem_eof_return(in, -1);  // Empty: more is to come.
  SSL_set_bio(ssl_.get(), in, out);
  if (end == TlsEnd::Server)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

TlsSession::~TlsSession() = default;

void TlsSession::feed(Bytes bytes) {
  const MutexLock guard(mutex_);
  if (!bytes.empty())
    HW_CHECK(BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), size_of(bytes.size())) == size_of(bytes.size()));
}

std::string TlsSession::take_output() {
  const MutexLock guard(mutex_);
  BIO* const out = SSL_get_wbio(ssl_.get());
  std::string taken(BIO_ctrl_pending(out), '\0');
  if (!taken.empty()) HW_CHECK(BIO_read(out, taken.data(), size_of(taken.size())) == size_of(taken.size()));
  return taken;
}

TlsStep TlsSession::outcome_of(int result) {
  if (result > 0) return TlsStep::Done;
  if (!failure_.empty()) return TlsStep::Failed;
  const int error = SSL_get_error(ssl_.get(), result);
  // Never for output: memory takes all.
  if (error == SSL_ERROR_WANT_READ) return TlsStep::NeedsInput;
  const long verified = SSL_get_verify_result(ssl_.get());
  if (error == SSL_ERROR_ZERO_RETURN)
    failure_ = "connection closed";
  else
    failure_ = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : openssl_reason();
  ERR_clear_error();
  return TlsStep::Failed;
}

TlsStep TlsSession::handshake() {
  const MutexLock guard(mutex_);
  ERR_clear_error();
  return outcome_of(SSL_do_handshake(ssl_.get()));
}

TlsStep TlsSession::read(char* to, std::size_t room, std::size_t& got) {
  const MutexLock guard(mutex_);
  ERR_clear_error();
  const int result = SSL_read(ssl_.get(), to, size_of(room));
  got = result > 0 ? static_cast<std::size_t>(result) : 0;
  return outcome_of(result);
}

TlsStep TlsSession::write(std::string_view bytes) {
  const MutexLock guard(mutex_);
  while (!bytes.empty()) {
    ERR_clear_error();
    const int result = SSL_write(ssl_.get(), bytes.data(), size_of(bytes.size()));
    const TlsStep step = outcome_of(result);
    if (step != TlsStep::Done) return step;
    bytes.remove_prefix(static_cast<std::size_t>(result));
  }
  return TlsStep::Done;
}

std::string TlsSession::failure() const {
  const MutexLock guard(mutex_);
  return failure_;
}

std::string TlsSession::description() const {
  const MutexLock guard(mutex_);
  return fmt::format("{}, {}", SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()));
}

}  // namespace hw
