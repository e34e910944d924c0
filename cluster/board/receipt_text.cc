#include <fmt/format.h>

#include "cluster/board/board_tables.h"
#include "cluster/board/receipt.h"

namespace hw::cluster {
namespace {

std::string number_text(std::uint64_t number) { return text_of(unless_zero(number)); }

Cell value_cell(const std::optional<std::string>& value) { return value ? Cell(*value) : Cell(); }

}  // namespace

std::string receipt_head(const Receipt& receipt) {
  std::string head;
  const auto add = [&](const char* word, const std::string& what) {
    head += fmt::format("{:<7}  {}\n", word, on_one_line(what));
  };
  add("Id", receipt.id);
  add("State", state_text(receipt));
  add("Old", fmt::format("{}, epoch {}, last known {}", receipt.old_instance, number_text(receipt.old_epoch),
                         number_text(receipt.last_known)));
  add("New", fmt::format("{}, epoch {}, first own {}", receipt.new_instance, number_text(receipt.new_epoch),
                         number_text(receipt.first_own)));
  add("Count", text_of(cell_of(receipt.count)));
  return head;
}

std::string receipt_text(const ReceiptFile& file) {
  return receipt_head(file.receipt) + text_of(lost_transaction_table(file.transactions));
}

Table lost_transaction_table(const std::vector<LostTransaction>& transactions) {
  Table table;
  table.columns = {{"Seqno"}, {"Time"}, {"Nodes"}};
  for (const LostTransaction& one : transactions)
    table.rows.push_back({unless_zero(one.seqno), TimeCell{one.time_us}, one.nodes});
  return table;
}

std::string diff_text(const Receipt& receipt, const std::vector<LostNode>& nodes) {
  return receipt_head(receipt) + text_of(diff_table(nodes));
}

Table diff_table(const std::vector<LostNode>& nodes) {
  Table table;
  table.columns = {{"Seqno"}, {"Global"}, {"Lost"}, {"Present"}, {"Zqgblmod"}};
  table.columns.front().printed = false;
  for (const LostNode& node : nodes)
    table.rows.push_back({unless_zero(node.seqno), node.global, value_cell(node.lost), value_cell(node.present),
                          Cell(std::uint64_t{node.zqgblmod ? 1U : 0U})});
  return table;
}

std::vector<std::pair<std::string, Cell>> receipt_values(const Receipt& receipt) {
  return {{"id", receipt.id},
          {"state", cell_of(word_of(receipt.state))},
          {"conflicts", receipt.conflicts},
          {"old", receipt.old_instance},
          {"old_epoch", unless_zero(receipt.old_epoch)},
          {"last_known", unless_zero(receipt.last_known)},
          {"new", receipt.new_instance},
          {"new_epoch", unless_zero(receipt.new_epoch)},
          {"first_own", unless_zero(receipt.first_own)},
          {"count", cell_of(receipt.count)}};
}

}  // namespace hw::cluster
