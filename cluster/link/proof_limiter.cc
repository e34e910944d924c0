#include "cluster/link/proof_limiter.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster {

std::string limited_address(std::string_view address) {
  // Without a zone: it names an interface of this machine.
  std::string text(address.substr(0, address.find('%')));
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return std::string(address);
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (IN6_IS_ADDR_V4MAPPED(&six)) return ::inet_ntop(AF_INET, &six.s6_addr[12], out.data(), out.size());
  if (IN6_IS_ADDR_LOOPBACK(&six)) return text;
  std::memset(&six.s6_addr[8], 0, 8);
  return std::string(::inet_ntop(AF_INET6, &six, out.data(), out.size())) + "/64";
}

std::uint64_t ProofLimiter::last_heard_ms(const Failures& of) {
  return of.at_ms.empty() ? of.silent_until_ms - kBadProofMs : of.at_ms.back();
}

bool ProofLimiter::failed(const std::string& address, std::uint64_t now_ms) {
  if (!failures_.contains(address)) make_room(now_ms);
  Failures& of = failures_[address];
  of.at_ms.push_back(now_ms);
  if (of.at_ms.size() > kBadProofsMax) of.at_ms.pop_front();
  if (of.at_ms.size() < kBadProofsMax || now_ms - of.at_ms.front() >= kBadProofMs) return false;
  if (connections_.contains(address)) return false;
  of.silent_until_ms = now_ms + kBadProofMs;
  of.at_ms.clear();
  return true;
}

bool ProofLimiter::silenced(const std::string& address, std::uint64_t now_ms) const {
  const auto of = failures_.find(address);
  return of != failures_.end() && now_ms < of->second.silent_until_ms && !connections_.contains(address);
}

void ProofLimiter::gone(const std::string& address) {
  const auto of = connections_.find(address);
  HW_CHECK(of != connections_.end());
  if (--of->second == 0) connections_.erase(of);
}

void ProofLimiter::make_room(std::uint64_t now_ms) {
  if (failures_.size() < kBadProofAddressesMax) return;
  std::erase_if(failures_, [&](const auto& each) { return last_heard_ms(each.second) + kBadProofMs <= now_ms; });
  if (failures_.size() < kBadProofAddressesMax) return;
  // A quarter at once, so that a flood of addresses does not cost a walk over all of them each time.
  std::vector<std::uint64_t> times;
  for (const auto& [address, of] : failures_) times.push_back(last_heard_ms(of));
  const auto quarter = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
  std::ranges::nth_element(times, quarter);
  std::erase_if(failures_, [&](const auto& each) { return last_heard_ms(each.second) <= *quarter; });
}

}  // namespace hw::cluster
