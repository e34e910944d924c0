#include "replic/history/lineage.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/base/types.h"

namespace hw {
namespace {

constexpr std::uint32_t kLineageFormat = 1;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kLineageNameBytes = InstanceName::kBytesMax + 1;
static_assert(kHeaderBytes + kLineageNamesMax * kLineageNameBytes <= kControlBytesMax);

}  // namespace

Lineage lineage_to_tell(const std::string& self, std::span<const std::string> above) {
  Lineage out{self};
  const auto known = above.first(std::min(above.size(), kLineageNamesMax - 1));
  out.insert(out.end(), known.begin(), known.end());
  return out;
}

std::string encode_lineage(const Lineage& lineage) {
  HW_CHECK(!lineage.empty() && lineage.size() <= kLineageNamesMax);
  std::string out;
  append_le<std::uint32_t>(out, kLineageFormat);
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(lineage.size()));
  for (const std::string& name : lineage) {
    HW_CHECK(!name.empty() && name.size() < kLineageNameBytes);
    out += name;
    out.append(kLineageNameBytes - name.size(), '\0');
  }
  return out;
}

Result<Lineage> decode_lineage(std::string_view payload) {
  const auto bad = [](std::string_view what) {
    return make_error<MsgId::HWREPLPROTO>(fmt::format("lineage {}", what));
  };
  if (payload.size() < kHeaderBytes) return bad("that is too short");
  if (get_le<std::uint32_t>(as_bytes(payload), 0) != kLineageFormat) return bad("of another format");
  const std::size_t count = get_le<std::uint32_t>(as_bytes(payload), 4);
  if (count < 1 || count > kLineageNamesMax || payload.size() != kHeaderBytes + count * kLineageNameBytes)
    return bad("of another length than it says");
  Lineage out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view room = payload.substr(kHeaderBytes + i * kLineageNameBytes, kLineageNameBytes);
    const std::string_view name = room.substr(0, room.find('\0'));
    if (name.empty() || name.size() == kLineageNameBytes || room.find_first_not_of('\0', name.size()) != room.npos)
      return bad("with a name that is none");
    out.emplace_back(name);
  }
  return out;
}

std::optional<Error> find_ring(std::span<const std::string> lineage, const std::string& receiver) {
  const auto found = std::find(lineage.begin(), lineage.end(), receiver);
  if (found == lineage.end()) return std::nullopt;
  // From the receiver down to the source, and round again.
  std::string ring = receiver;
  for (auto one = found; one != lineage.begin();) ring += " -> " + *--one;
  return make_error<MsgId::HWREPLLOOP>(lineage.front(), receiver, ring + " -> " + receiver);
}

}  // namespace hw
