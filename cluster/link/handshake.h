/// cluster/link/handshake.h -- how both ends of a connection say who they are and prove that they have the key. Pure.
///
///   caller                                     agent
///     Hello      nonce, versions, name     ->
///                                          <-  Challenge  nonce, versions, name
///     Proof      HMAC(key, both)           ->
///                                          <-  Welcome    HMAC(key, both)
///     every frame sealed                  <->  every frame sealed
///
/// The proofs cover all that both have said, so that nobody between them can change a version or a name. The agent
/// proves nothing to a caller that has not proven itself. Over TLS and over a socket the key is empty: there the
/// channel proves, and these four frames tell versions and names.
///
/// The version that is spoken is the highest that both have; where there is none the caller, which sees both ranges,
/// says so to its user.
///
/// Bodies: docs/formats/agent-link.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "cluster/link/frame.h"
#include "cluster/link/proof.h"

namespace hw::cluster {

using Nonce = std::array<std::byte, 32>;

/// Versions of what is said after the handshake.
struct VersionRange {
  std::uint16_t min = 1;
  std::uint16_t max = 1;
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};
/// The highest that both have.
std::optional<std::uint16_t> common_version(VersionRange one, VersionRange other);

/// What an end says of itself: the body of Hello and of Challenge.
struct Greeting {
  Nonce nonce{};
  VersionRange versions;
  std::string name;     ///< printable, at most kAgentNameBytesMax bytes: a node, or `user@host`
  std::string release;  ///< printable, at most kSoftwareBytesMax bytes
  friend bool operator==(const Greeting&, const Greeting&) = default;
};
/// Limits are checked invariants.
std::string encode_greeting(const Greeting& greeting);
/// None when the bytes break the layout, or a text is not printable.
std::optional<Greeting> decode_greeting(Bytes in);

struct HandshakeStep {
  struct Send {
    AgentFrameType type;
    std::string body;
  };
  enum class Failure {
    None,
    Malformed,  ///< no frame that belongs there
    BadProof,   ///< the other end has not the key
    NoVersion   ///< no version that both have
  };
  std::optional<Send> send;  ///< before anything else is done
  bool established = false;  ///< the next frames are sealed, in both directions
  Failure failure = Failure::None;
};

/// What both machines have in common, and their outcome. Thread: one at a time.
class Handshake {
 public:
  /// Whole when the other end has said it.
  const Greeting& other() const { return other_; }
  /// After `established`.
  std::uint16_t version() const { return version_; }
  const SessionKeys& keys() const { return proofs_.keys; }

 protected:
  Handshake(const Greeting& self, std::string key) : self_(self), key_(std::move(key)) {}
  /// False when the two have no common version.
  bool agree();

  Greeting self_;
  std::string key_;
  Greeting other_;
  std::uint16_t version_ = 0;
  SessionProofs proofs_;
};

class CallerHandshake : public Handshake {
 public:
  /// `self.nonce` has never been used before. `key` is empty where the channel proves.
  CallerHandshake(const Greeting& self, std::string key);
  HandshakeStep::Send begin();
  HandshakeStep on_frame(AgentFrameType type, Bytes body);

 private:
  std::string hello_;
  bool proven_ = false;
};

class AgentHandshake : public Handshake {
 public:
  AgentHandshake(const Greeting& self, std::string key);
  HandshakeStep on_frame(AgentFrameType type, Bytes body);

 private:
  bool challenged_ = false;
};

}  // namespace hw::cluster
