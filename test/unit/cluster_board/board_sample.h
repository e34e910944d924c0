/// The board of the specification's examples: A at n1 feeds B at n2, and n2 is silent.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "cluster/board/board_parts.h"

namespace hw::test {

using namespace hw::cluster;

/// Local times are those of one zone while this lives.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    if (const char* const before = std::getenv("TZ"); before != nullptr) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

/// 2026-11-28 at that time, UTC.
inline std::uint64_t at(int hour, int minute, int second) {
  struct tm parts {};
  parts.tm_year = 126;
  parts.tm_mon = 10;
  parts.tm_mday = 28;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  return static_cast<std::uint64_t>(::timegm(&parts)) * 1'000'000;
}

inline const std::uint64_t kBooted_us = at(20, 24, 2);
inline const std::uint64_t kLastHeard_us = at(20, 31, 40);
inline const std::uint64_t kNow_us = at(20, 31, 45);

inline ServerReport sample_server(ServerKind kind, const char* name, std::uint32_t pid) {
  ServerReport server;
  server.kind = kind;
  server.name = name;
  server.group = "acct";
  server.position = 1;
  server.pid = pid;
  server.pid_start = 7'000 + pid;
  server.state = BoardServerState::Ready;
  server.since_us = kBooted_us;
  return server;
}

inline InstanceReport sample_instance(const char* name, BoardRole role, std::uint64_t next_seqno) {
  InstanceReport instance;
  instance.name = name;
  instance.role = role;
  instance.accepting = role == BoardRole::Root;
  instance.epoch = 41;
  instance.next_seqno = next_seqno;
  // A transaction every 25 ms.
  instance.last_commit_us = at(20, 31, 39) + (next_seqno - 918'000) * 25'000;
  return instance;
}

inline NodeReport sample_report_of_n1() {
  NodeReport report;
  report.stamp = {kBooted_us, 0, 17};
  report.node = "n1";
  report.release = "0.1.0";
  report.running_generation = 3;
  report.requests = 340;
  report.service = "IDLE";
  report.coordinator_requests = 12;
  report.instances = {sample_instance("A", BoardRole::Root, 918'234)};
  ServerReport source = sample_server(ServerKind::Source, "source:B", 2787);
  source.queue = "127.0.0.1:7701";
  source.requests = 918'233;
  source.kib = 40'112;
  ServerReport gateway = sample_server(ServerKind::Gateway, "gateway:gwA", 2790);
  gateway.queue = "127.0.0.1:6379";
  gateway.service = "IDLE";
  ServerReport handler = sample_server(ServerKind::Handler, "handler:gwA", 2791);
  handler.queue = "127.0.0.1:6379";
  handler.requests = 918'240;
  handler.kib = 40'110;
  ServerReport report_server = sample_server(ServerKind::Application, "report", 0);
  report_server.state = BoardServerState::Migrating;
  // Not in boot's order: printing puts them right.
  report.servers = {report_server, handler, gateway, source};
  Hop hop;
  hop.from = "A";
  hop.to = "B";
  hop.unacked = 4;
  hop.seconds = 0.1;
  hop.bytes_per_s = 51'200;
  report.hops = {hop};
  return report;
}

inline NodeReport sample_report_of_n2() {
  NodeReport report;
  report.stamp = {kBooted_us + 5, 0, 4};
  report.node = "n2";
  report.release = "0.1.0";
  report.instances = {sample_instance("B", BoardRole::Secondary, 918'230)};
  report.instances.front().fed_by = "A";
  return report;
}

inline Orders sample_orders() {
  Orders orders;
  orders.stamp = {1, 0, 9};
  orders.domain = "bank";
  orders.generation = {3, "9f2c01ab44d1" + std::string(52, 'e')};
  orders.coordinator = {"n1", kBooted_us, 1};
  orders.nodes = {{"n1", "127.0.0.1:7600", Wanted::Up, false}, {"n2", "127.0.0.1:7601", Wanted::Up, false}};
  GroupOrder group;
  group.name = "acct";
  group.wanted = Wanted::Up;
  group.state = GroupState::Up;
  group.place = "n1";
  group.record = {"A", BoardLease::Held, 41, 0, 918'234, {"B"}};
  orders.groups = {group};
  orders.instances = {{"A", "acct", "n1", ""}, {"B", "acct", "n2", "A"}};
  std::uint32_t id = orders.last_server_id;
  for (const auto& [kind, name] :
       {std::pair(ServerKind::Source, "source:B"), std::pair(ServerKind::Gateway, "gateway:gwA"),
        std::pair(ServerKind::Handler, "handler:gwA"), std::pair(ServerKind::Application, "report")}) {
    ServerOrder server;
    server.id = ++id;
    server.kind = kind;
    server.name = name;
    server.group = "acct";
    server.node = "n1";
    server.position = 1;
    server.wanted = Wanted::Up;
    orders.servers.push_back(server);
  }
  orders.last_server_id = id;
  return orders;
}

/// As the agent of n1 has it.
inline BoardParts sample_parts() {
  BoardParts parts;
  parts.orders = sample_orders();
  parts.reports = {sample_report_of_n1(), sample_report_of_n2()};
  parts.heard = {{"n2", kLastHeard_us, NodeState::Silent}};
  return parts;
}

inline Receipt sample_receipt() {
  Receipt receipt;
  receipt.id = "acct-42";
  receipt.group = "acct";
  receipt.node = "n2";
  receipt.state = ReceiptState::Collected;
  receipt.old_instance = "A";
  receipt.old_epoch = 41;
  receipt.last_known = 918'233;
  receipt.new_instance = "B";
  receipt.new_epoch = 42;
  receipt.first_own = 918'230;
  receipt.count = 4;
  receipt.first = 918'230;
  receipt.last = 918'233;
  return receipt;
}

}  // namespace hw::test
