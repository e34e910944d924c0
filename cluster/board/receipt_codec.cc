#include <unistd.h>

#include <algorithm>

#include "cluster/board/board_fields.h"
#include "cluster/board/receipt.h"
#include "cluster/board/sealed_file.h"

namespace hw::cluster {

template <typename A>
void visit_fields(A& a, Visited<A, LostTransaction>& transaction) {
  a("seqno", transaction.seqno);
  a("time_us", transaction.time_us);
  a("nodes", transaction.nodes);
}

template <typename A>
void visit_fields(A& a, Visited<A, ReceiptFile>& file) {
  a("receipt", file.receipt);
  a("transactions", file.transactions);
}

namespace {

constexpr SealedKind kReceipt{{"losttn", kReceiptFileBytesMax}, kReceiptBounds};

std::optional<std::string> inconsistency(const ReceiptFile& file) {
  if (file.receipt.id.empty()) return "no id";
  const auto not_after = [](const LostTransaction& a, const LostTransaction& b) { return a.seqno >= b.seqno; };
  if (std::ranges::adjacent_find(file.transactions, not_after) != file.transactions.end())
    return "transactions: not in order of seqno";
  return std::nullopt;
}

}  // namespace

std::string encode_receipt(const ReceiptFile& file) { return encode_sealed(kReceipt, file); }

Result<ReceiptFile> decode_receipt(std::string_view bytes, std::string_view where) {
  return decode_sealed<ReceiptFile>(kReceipt, bytes, where, inconsistency);
}

FileRights receipt_rights() { return {.user = ::geteuid(), .group = ::getegid(), .mode = 0600}; }

Status write_receipt(const std::string& path, const ReceiptFile& file) {
  const FileRights rights = receipt_rights();
  return write_sealed(kReceipt, path, file, &rights);
}

Result<ReceiptFile> read_receipt(const std::string& path) {
  HW_TRY(const std::string bytes, read_file(path, kReceiptFileBytesMax));
  return decode_receipt(bytes, path);
}

}  // namespace hw::cluster
