#include "replic/link/link_trace.h"

#include <fmt/format.h>

namespace hw {
namespace {

template <typename M>
std::string seqnos_of(const M& message) {
  if constexpr (requires { message.last; })
    return fmt::format(", seqno {} to {}", message.first.value, message.last.value);
  else if constexpr (requires { message.seqno; })
    return fmt::format(", seqno {}", message.seqno.value);
  else if constexpr (requires { message.next_seqno; })
    return fmt::format(", seqno {}", message.next_seqno.value);
  else if constexpr (requires { message.applied_next; })
    return fmt::format(", seqno {}", message.applied_next.value);
  else if constexpr (requires { message.source_next; })
    return fmt::format(", seqno {}", message.source_next.value);
  else if constexpr (requires { message.record; })
    return fmt::format(", seqno {}", message.record.start.value);
  else if constexpr (requires { message.source; })
    return fmt::format(", seqno {}", message.source.next_seqno.value);
  else if constexpr (requires { message.receiver; })
    return fmt::format(", seqno {}", message.receiver.next_seqno.value);
  else
    return {};
}

}  // namespace

std::string trace_of(std::string_view did, const Message& message, std::uint64_t wire_bytes) {
  const std::string seqnos = std::visit([](const auto& m) { return seqnos_of(m); }, message);
  return fmt::format("{} {}{}, {} bytes", did, name_of(message), seqnos, wire_bytes);
}

std::string trace_of_transactions(std::string_view did, Seqno first, Seqno last, std::uint64_t wire_bytes) {
  return fmt::format("{} Transactions, seqno {} to {}, {} bytes", did, first.value, last.value, wire_bytes);
}

}  // namespace hw
