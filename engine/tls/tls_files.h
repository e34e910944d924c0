/// engine/tls/tls_files.h -- certificates: this end's own, and the authority that the other end's must be of.
///
/// TLS 1.2 or later, servers with a certificate, and clients where they have one: a server of ours insists on it.
/// Sessions are not resumed: each connection has its certificates checked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "engine/tls/file_stamp.h"

struct ssl_ctx_st;

namespace hw {

/// What connections begin with; those that have begun keep it.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

/// Which file cannot be used. Each user has a message of its own for that.
struct TlsFault {
  enum class Part { Authority, Certificate, Key };
  Part part = Part::Certificate;
  std::string path;
  std::string why;
};

struct TlsPaths {
  std::string authority;
  std::string certificate;  ///< and those between it and the authority's; empty, with the key: a client that has none
  std::string key;          ///< without a pass phrase
  friend bool operator==(const TlsPaths&, const TlsPaths&) = default;
};

/// PEM files. Thread: one at a time.
class TlsFiles {
 public:
  static tl::expected<TlsFiles, TlsFault> load(TlsPaths paths);

  /// Made again when a file has changed; files that cannot be used leave the former in force.
  const TlsContext& current();
  /// Why the files cannot be used as they were at the last look.
  const std::optional<TlsFault>& trouble() const { return trouble_; }
  /// Of the certificate in force, which there must be: when it ends, in seconds since 1970.
  std::int64_t certificate_end_s() const;
  /// Whole days until then, below 0 when it is over.
  std::int64_t days_left() const;

 private:
  using Stamps = std::array<FileStamp, 3>;
  explicit TlsFiles(TlsPaths paths);
  Stamps stamps() const;
  std::optional<TlsFault> read();

  TlsPaths paths_;
  Stamps stamps_;
  TlsContext context_;
  std::optional<TlsFault> trouble_;
};

}  // namespace hw
