/// engine/tls/tls_session.h -- TLS of one connection as bytes in, bytes out; the caller has the socket.
///
/// What comes from the socket is fed; what `take_output` gives is to go there, in this order. Close notices of TLS are
/// neither sent nor needed: what is said over it knows its own end.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/mutex.h"
#include "engine/tls/tls_files.h"

struct ssl_st;

namespace hw {

enum class TlsEnd { Client, Server };

enum class TlsStep {
  Done,
  NeedsInput,  ///< feed more
  Failed       ///< for good; failure() says why
};

/// Thread: any; one may read and another one write. Output that reading brings about (a change of keys that the peer
/// has asked for) waits for the next write.
class TlsSession {
 public:
  TlsSession(const TlsContext& context, TlsEnd end);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  void feed(Bytes bytes);
  /// May be empty. After every call of `handshake` and `write`, also when that has failed: an alert tells the peer why.
  std::string take_output();

  /// Until it says Done: both ends have a certificate of the authority.
  TlsStep handshake();
  /// At least one byte when Done.
  TlsStep read(char* to, std::size_t room, std::size_t& got);
  /// All of it. Not before the handshake is done.
  TlsStep write(std::string_view bytes);

  /// Why it has failed: the certificate's fault, else what OpenSSL says.
  std::string failure() const;
  /// `TLSv1.3, TLS_AES_256_GCM_SHA384`, once the handshake is done.
  std::string description() const;

 private:
  TlsStep outcome_of(int result) HW_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_ HW_PT_GUARDED_BY(mutex_);
  std::string failure_ HW_GUARDED_BY(mutex_);
};

/// Whether a connection that begins with this byte can be TLS: a record of its handshake, or an alert.
inline bool begins_tls(char first) { return first == '\x16' || first == '\x15'; }

}  // namespace hw
