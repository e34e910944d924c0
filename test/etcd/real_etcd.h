/// A cluster of real etcd members on loopback, as processes of this test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "test/support/test_folder.h"

namespace hw::cluster::store::test {

/// Whether there is an etcd to start.
bool has_etcd();

class RealEtcd {
 public:
  /// With `tls_arguments` members listen by https.
  explicit RealEtcd(std::size_t members, std::vector<std::string> tls_arguments = {});
  /// All of it goes.
  ~RealEtcd();
  RealEtcd(const RealEtcd&) = delete;
  RealEtcd& operator=(const RealEtcd&) = delete;

  std::size_t members() const { return members_.size(); }
  std::string url(std::size_t member) const;
  std::vector<std::string> urls() const;
  void kill(std::size_t member);
  /// Again, with what it had stored.
  void start(std::size_t member);
  /// It stands still, and goes on.
  void stop(std::size_t member) const;
  void go_on(std::size_t member) const;
  /// What it has printed.
  std::string log(std::size_t member) const;

 private:
  struct Member {
    std::string name;
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    pid_t pid = 0;
  };
  std::string scheme() const { return tls_arguments_.empty() ? "http" : "https"; }

  hw::test::TestFolder folder_;
  std::vector<std::string> tls_arguments_;
  std::vector<Member> members_;
};

}  // namespace hw::cluster::store::test
