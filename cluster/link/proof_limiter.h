/// cluster/link/proof_limiter.h -- addresses that prove badly again and again are not listened to for a while. Pure.
///
/// kBadProofsMax of them in kBadProofMs, and the address is silenced for as long, unless it has a connection that is
/// proven: a wrong program on a node must not part the node from the others. Times are a steady clock's milliseconds.
/// Source: operations, section 13.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace hw::cluster {

/// What counts as one address: IPv4 as it is, also inside of IPv6; of another IPv6 address its first 64 bits, for who
/// has one address there has them all. A text that is no address is itself.
std::string limited_address(std::string_view address);

/// Thread: one at a time. `address`: limited_address.
class ProofLimiter {
 public:
  /// A proof has failed. True when the address is silenced by that.
  bool failed(const std::string& address, std::uint64_t now_ms);
  bool silenced(const std::string& address, std::uint64_t now_ms) const;

  /// A connection has proven who it is; and its end. Every `proven` has one `gone`.
  void proven(const std::string& address) { ++connections_[address]; }
  void gone(const std::string& address);

 private:
  struct Failures {
    std::deque<std::uint64_t> at_ms;  ///< the last ones, at most kBadProofsMax
    std::uint64_t silent_until_ms = 0;
  };
  static std::uint64_t last_heard_ms(const Failures& of);
  void make_room(std::uint64_t now_ms);

  std::map<std::string, Failures> failures_;
  std::map<std::string, std::size_t> connections_;  ///< proven
};

}  // namespace hw::cluster
