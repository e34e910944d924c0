#include "replic/history/epoch.h"

#include <algorithm>

#include "engine/base/bytes.h"

namespace hw {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kNameBytes = InstanceName::kBytesMax + 1;

Error bad(std::string_view what) { return make_error<MsgId::HWREPLPROTO>(fmt::format("an epoch {}", what)); }

}  // namespace

std::optional<std::string> root_of_epoch(const History& history, std::uint64_t epoch) {
  const auto records = history.records();
  const auto last = std::find_if(records.rbegin(), records.rend(),
                                 [&](const HistoryRecord& record) { return record.fence == epoch; });
  if (last == records.rend()) return std::nullopt;
  return last->root_name;
}

EpochTold epoch_to_tell(const std::string& self, const History& history, std::uint64_t known) {
  if (!history.empty() && history.last().root_name == self) return {history.last().fence, self};
  return {known, root_of_epoch(history, known).value_or("")};
}

std::string encode_epoch(const EpochTold& told) {
  HW_CHECK(told.root.size() < kNameBytes);
  std::string out;
  append_le<std::uint32_t>(out, kFormat);
  append_le<std::uint32_t>(out, 0);
  append_le<std::uint64_t>(out, told.epoch);
  out += told.root;
  out.append(kNameBytes - told.root.size(), '\0');
  return out;
}

Result<EpochTold> decode_epoch(std::string_view payload) {
  ByteReader in(as_bytes(payload));
  const auto format = in.take<std::uint32_t>();
  const auto zero = in.take<std::uint32_t>();
  EpochTold told;
  told.epoch = in.take<std::uint64_t>();
  const std::string name(in.take_text(kNameBytes));
  if (!in.ok() || !in.at_end() || zero != 0) return bad("of another length");
  if (format != kFormat) return bad(fmt::format("of format {}", format));
  told.root = name.substr(0, name.find('\0'));
  if (told.root.size() == kNameBytes || name.find_first_not_of('\0', told.root.size()) != std::string::npos)
    return bad("of an instance without a name");
  return told;
}

std::optional<Error> refuse_epoch(const EpochTold& told, const std::string& source, const History& history,
                                  std::uint64_t known) {
  if (told.epoch < known) return make_error<MsgId::HWEPOCHOLD>(source, told.epoch, known);
  if (told.epoch != known || known == 0 || told.root.empty()) return std::nullopt;
  const auto root = root_of_epoch(history, known);
  if (!root || *root == told.root) return std::nullopt;
  return make_error<MsgId::HWEPOCHCLASH>(*root, told.root, known);
}

}  // namespace hw
