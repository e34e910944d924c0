#include "cluster/jobs/rejoin_step.h"

#include <algorithm>
#include <functional>

#include "cluster/jobs/receipts.h"
#include "cluster/plan/loss.h"

namespace hw::cluster {
namespace {

Error no_rejoin(const std::string& instance, const Error& why) {
  return make_error<MsgId::HWREJOIN>(instance, message_line(why.id, why.severity, why.text)).as(Severity::Error);
}

/// Those that failovers have opened for the instance and nobody has collected, the newest first.
std::vector<Receipt> open_receipts(const Board& board, const std::string& group, const std::string& instance) {
  std::vector<Receipt> receipts;
  for (const Receipt& receipt : board.receipts)
    if (receipt.group == group && receipt.old_instance == instance && receipt.state == ReceiptState::Open)
      receipts.push_back(receipt);
  std::ranges::sort(receipts, std::ranges::greater(), &Receipt::new_epoch);
  return receipts;
}

/// Where no failover has opened one: what a root may have of which nobody knows.
Receipt new_receipt(const Board& board, const std::string& group, const std::string& instance, const std::string& root,
                    const Position& before) {
  const BoardInstance* const reigning = board.instance(root);
  const BoardGroup* const record = board.group(group);
  const std::uint64_t epoch = record == nullptr ? 0 : record->epoch;
  const std::uint64_t old_epoch = before.last_root == instance ? before.last_epoch : 0;
  Receipt receipt =
      opened_receipt(group, reigning == nullptr ? "" : reigning->node, instance, old_epoch, root, epoch, Loss{});
  const std::string id = receipt.id;
  for (unsigned number = 1; board.receipt(receipt.id) != nullptr; ++number)
    receipt.id = number == 1 ? fmt::format("{}-{}", id, instance) : fmt::format("{}-{}-{}", id, instance, number);
  return receipt;
}

/// What was opened elsewhere, by a root that reigned in between or never came to reign, waits for nothing any more.
Status close_others(JobContext& context, const std::string& instance, const std::vector<Receipt>& open,
                    const Receipt& collected, Deadline deadline) {
  for (const Receipt& other : open) {
    const Result<Site*> holder = context.sites.at(other.node);
    if (!holder || (other.id == collected.id && other.node == collected.node)) continue;
    const Status closed = other.id == collected.id ? (*holder)->put_receipt(collected, {}, deadline)
                                                   : void_receipt(**holder, other, deadline);
    if (!closed) return no_rejoin(instance, closed.error());
  }
  return {};
}

}  // namespace

bool is_waited_for(const Board& board, const std::string& instance) {
  return std::ranges::any_of(board.receipts, [&](const Receipt& receipt) {
    return receipt.old_instance == instance && receipt.state == ReceiptState::Open;
  });
}

bool is_former_root(const Position& position, const std::string& instance, const std::string& root) {
  return instance != root && !position.up && position.last_root == instance;
}

bool must_rejoin(const Board& board, const Position& position, const std::string& instance, const std::string& root) {
  if (instance == root || position.up) return false;
  return is_waited_for(board, instance) || is_former_root(position, instance, root);
}

Status rejoin_former_root(JobContext& context, const std::string& group, const std::string& instance,
                          const std::string& root, Site& site, Deadline deadline, Expected expected) {
  const Board board = context.board();
  const std::vector<Receipt> open = open_receipts(board, group, instance);
  std::optional<Receipt> receipt = open.empty() ? std::nullopt : std::optional(open.front());
  const Result<Position> before = site.position(instance, deadline);
  if (!before) return no_rejoin(instance, before.error());
  const Instance* const reigning = context.domain.instance(root);
  const Result<Site*> keeper = context.sites.at(reigning == nullptr ? "" : reigning->node);
  if (!keeper) return no_rejoin(instance, keeper.error());
  if (!receipt && expected == Expected::Unknown) {
    receipt = new_receipt(board, group, instance, root, *before);
    if (const Status opened = open_receipt(**keeper, *receipt, deadline); !opened)
      return no_rejoin(instance, opened.error());
  }
  const Result<RejoinOutcome> lost = site.rejoin({instance, root, receipt ? receipt->id : ""}, deadline);
  if (!lost) return no_rejoin(instance, lost.error());
  if (!receipt && lost->count == 0) return {};
  if (!receipt) receipt = new_receipt(board, group, instance, root, *before);
  Receipt collected = collected_receipt(*receipt, lost->count, lost->first, lost->last);
  collected.node = (*keeper)->node();
  if (const Status kept = (*keeper)->put_receipt(collected, lost->lost_text, deadline); !kept)
    return no_rejoin(instance, kept.error());
  return close_others(context, instance, open, collected, deadline);
}

}  // namespace hw::cluster
