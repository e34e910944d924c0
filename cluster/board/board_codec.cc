#include "cluster/board/board_codec.h"

#include <set>

#include "cluster/board/board_fields.h"
#include "cluster/board/sealed_file.h"

namespace hw::cluster {
namespace {

constexpr SealedKind kBoard{{"board", kBoardBytesMax}, kBoardBounds};
// Writers can go above what they have read.
constexpr std::uint64_t kStampMax = std::uint64_t{1} << 62;
constexpr std::uint32_t kServerIdMax = std::uint32_t{1} << 30;

using Fault = std::optional<std::string>;

template <typename Rows, typename Key>
Fault twice(const char* list, const Rows& rows, Key key) {
  std::set<std::decay_t<decltype(key(rows.front()))>> seen;
  for (const auto& row : rows) {
    if (!seen.insert(key(row)).second) return fmt::format("{}: an entry is there twice", list);
  }
  return std::nullopt;
}

template <typename Rows, typename Name>
Fault bad_names(const char* list, const Rows& rows, Name name) {
  for (const auto& row : rows)
    if (std::invoke(name, row).empty()) return fmt::format("{}: an entry without a name", list);
  return twice(list, rows, [&](const auto& row) { return std::invoke(name, row); });
}

bool is_too_high(const PartStamp& stamp) { return stamp.number > kStampMax || stamp.change > kStampMax; }

Fault bad_report(const NodeReport& report) {
  if (is_too_high(report.stamp)) return "reports.stamp: out of range";
  if (auto fault = bad_names("reports.instances", report.instances, &InstanceReport::name)) return fault;
  if (auto fault = bad_names("reports.receipts", report.receipts, &Receipt::id)) return fault;
  return twice("reports.servers", report.servers,
               [](const ServerReport& one) { return std::tuple(one.group, one.name, one.copy); });
}

/// What rows may rely on: names that are there, each once.
Fault inconsistency(const BoardParts& parts) {
  const Orders& orders = parts.orders;
  if (is_too_high(orders.stamp)) return "orders.stamp: out of range";
  if (orders.last_server_id < kServerIdMin - 1 || orders.last_server_id > kServerIdMax)
    return "orders.last_server_id: out of range";
  if (auto fault = bad_names("orders.nodes", orders.nodes, &NodeOrder::name)) return fault;
  if (auto fault = bad_names("orders.groups", orders.groups, &GroupOrder::name)) return fault;
  if (auto fault = bad_names("orders.instances", orders.instances, &InstanceOrder::name)) return fault;
  if (auto fault = twice("orders.servers", orders.servers, [](const ServerOrder& one) { return one.id; })) return fault;
  if (auto fault = twice("orders.servers", orders.servers,
                         [](const ServerOrder& one) { return std::tuple(one.node, one.group, one.name, one.copy); }))
    return fault;
  for (const ServerOrder& server : orders.servers)
    if (server.id < kServerIdMin || server.id > orders.last_server_id) return "orders.servers: a number out of range";
  if (auto fault = bad_names("reports", parts.reports, &NodeReport::node)) return fault;
  for (const NodeReport& report : parts.reports)
    if (auto fault = bad_report(report)) return fault;
  if (auto fault = bad_names("records", parts.records, &RecordCopy::group)) return fault;
  return bad_names("heard", parts.heard, &NodeHeard::node);
}

}  // namespace

std::string encode_board(const BoardParts& parts) { return encode_sealed(kBoard, parts); }

Result<BoardParts> decode_board(std::string_view bytes, std::string_view where) {
  return decode_sealed<BoardParts>(kBoard, bytes, where, inconsistency);
}

Status write_board(const std::string& path, const BoardParts& parts) { return write_sealed(kBoard, path, parts); }

Result<BoardParts> read_board(const std::string& path) {
  HW_TRY(const std::string bytes, read_file(path, kBoardBytesMax));
  return decode_board(bytes, path);
}

}  // namespace hw::cluster
