#include "cluster/site/receipts.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "cluster/site/lost_text.h"
#include "engine/base/file.h"
#include "engine/base/file_kind.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kReceipt = ".json", kLost = ".los", kConflicts = ".conflicts";

/// GROUP-EPOCH: it becomes part of a file's name.
bool is_name(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  return !id.empty() && id.size() <= kProcessNameBytesMax && std::ranges::all_of(id, allowed);
}

Error none_here(const std::string& id) { return make_error<MsgId::HWREFUSED>("Receipt " + id, "there is none here"); }

}  // namespace

Result<std::string> Receipts::path(const std::string& id, std::string_view ending) const {
  if (!is_name(id)) return make_error<MsgId::HWREFUSED>("Receipt " + id.substr(0, kProcessNameBytesMax), "no such id");
  return folder_ + "/" + id + std::string(ending);
}

Status Receipts::put(const Receipt& receipt, const std::string& lost_text) const {
  HW_TRY(const std::string receipt_path, path(receipt.id, kReceipt));
  HW_TRY(const std::string lost_path, path(receipt.id, kLost));
  if (::mkdir(folder_.c_str(), 0755) == 0) {
    HW_TRY_VOID(sync_folder_of(folder_));
  } else if (errno != EEXIST) {
    return system_error("mkdir()", folder_);
  }
  const FileRights rights = receipt_rights();
  ReceiptFile file;
  if (!lost_text.empty()) {
    HW_TRY(LostText lost, parse_lost_text(lost_text, lost_path));
    HW_TRY_VOID(replace_file(lost_path, lost_text, &rights));
    file.transactions = std::move(lost.transactions);
  } else if (file_exists(receipt_path)) {
    HW_TRY(file, read_receipt(receipt_path));
  }
  file.receipt = receipt;
  return write_receipt(receipt_path, file);
}

Result<ReceiptFile> Receipts::read(const std::string& id) const {
  HW_TRY(const std::string from, path(id, kReceipt));
  if (!file_exists(from)) return none_here(id);
  return read_receipt(from);
}

Result<std::string> Receipts::text(const std::string& id) const {
  HW_TRY(const ReceiptFile file, read(id));
  return encode_receipt(file);
}

Result<std::string> Receipts::lost_text(const std::string& id) const {
  HW_TRY(const std::string from, path(id, kLost));
  HW_TRY([[maybe_unused]] const ReceiptFile file, read(id));
  if (!file_exists(from)) return std::string();
  return read_file(from, kReceiptFileBytesMax);
}

Status Receipts::change(const std::string& id, const std::function<void(Receipt&)>& edit) const {
  HW_TRY(ReceiptFile file, read(id));
  edit(file.receipt);
  HW_TRY(const std::string to, path(id, kReceipt));
  return write_receipt(to, file);
}

Status Receipts::keep_conflicts(const std::string& id, const std::string& text) const {
  HW_TRY(const std::string to, path(id, kConflicts));
  const FileRights rights = receipt_rights();
  return text.empty() ? remove_replaceable(to) : replace_file(to, text, &rights);
}

Result<std::vector<Receipt>> Receipts::list(std::vector<Error>& faults) const {
  std::vector<Receipt> out;
  std::error_code fault;
  std::filesystem::directory_iterator at(folder_, fault);
  if (fault == std::errc::no_such_file_or_directory) return out;
  for (; !fault && at != std::filesystem::directory_iterator(); at.increment(fault)) {
    if (at->path().extension() != kReceipt || !is_name(at->path().stem().string())) continue;
    auto file = read_receipt(at->path());
    if (file.has_value()) {
      out.push_back(std::move(file->receipt));
    } else {
      faults.push_back(file.error());
    }
  }
  if (fault) return system_error("readdir()", folder_, fault.value());
  std::ranges::sort(out, {}, &Receipt::id);
  return out;
}

}  // namespace hw::cluster
