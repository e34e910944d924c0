/// replic/link/link_tls.h -- how a server makes its connections speak TLS, or does without.
///
/// A source server with -tlsid begins TLS at once, and a receiver server with -tlsid waits for that; so do a refresh
/// and a rollback that fetches its resync seqno. Without -plaintextfallback nothing else is spoken. With it, a
/// connection whose other end speaks no TLS is used in plain, and the operator is told. A certificate that is not
/// accepted never leads to plain. Certificate, key and authority are read again when they have changed.
///
/// Source: GT.M's Administration and Operations Guide, -TLSID and -[NO]PLAINTEXTFALLBACK.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/denial_log.h"
#include "journal/pool.h"
#include "replic/link/link_options.h"
#include "replic/link/tcp.h"

namespace hw {

/// Thread: one at a time.
class LinkTls {
 public:
  /// What it has to say: of a server, for its log and the operator log.
  using Tell = std::function<void(const Error&)>;

  /// Plain.
  LinkTls() = default;
  /// As `options` say. `self`, `other`: `Source server`, for messages. Errors: TLSINIT.
  static Result<LinkTls> load(const TlsOptions& options, std::string_view self, std::string_view other, Tell tell);

  bool is_on() const { return files_.has_value(); }

  /// As TcpStream::connect, and TLS. Errors: also TLSHANDSHAKE; REPLNOTLS when the other end speaks none and that is
  /// not allowed. These two are told, too, now and then.
  Result<TcpStream> connect(const std::string& host, std::uint16_t port, Deadline deadline, int wake_fd);
  /// Makes an accepted connection speak TLS. False: it is to be closed, and the operator has been told, now and then.
  /// Blocks: for a few seconds at most.
  bool accept(TcpStream& stream);

  /// What is known goes there from now on, for whoever looks; it must outlive the object's use. Nothing when off.
  void show_in(PoolEncryption& shown);
  /// The state of the connection: TcpStream's `encryption`; none: there is no connection.
  void show(const std::optional<std::string>& encryption);
  /// Now and then, while a connection lasts: looks whether the files have changed, and whether the certificate ends
  /// soon. Looks once a minute however often it is called; costs nothing when off.
  void look();

 private:
  const TlsContext& context();
  Error no_tls() const;
  void refuse(const std::string& who, const Error& error);
  void tell(const std::string& who, const Error& error);

  std::optional<TlsFiles> files_;
  bool fallback_ = false;
  std::string self_;
  std::string other_;
  Tell tell_;
  DenialLog told_;
  std::optional<std::int64_t> days_told_;
  std::string trouble_told_;
  PoolEncryption* shown_ = nullptr;
  std::uint64_t looked_ms_ = 0;
};

/// What the operator is to be told now of `who` that was turned away; none: he has been told lately.
std::optional<Error> denial(DenialLog& told, const std::string& who, Error error);

/// Without the port, by which no two connections would be of one.
std::string host_of(const std::string& remote);

/// What a server's log says of a new connection. `encryption`: TcpStream's.
std::string encryption_line(const std::string& encryption);

}  // namespace hw
