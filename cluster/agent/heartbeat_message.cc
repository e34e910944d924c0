#include "cluster/agent/heartbeat_message.h"

#include "cluster/board/board_codec.h"
#include "cluster/board/board_fields.h"
#include "cluster/board/json_archive.h"

namespace hw::cluster {
namespace {

constexpr std::uint32_t kFormat = 1;

struct Head {
  std::uint32_t format = kFormat;
  HeartbeatMessage message;
};

template <typename A>
void visit_fields(A& a, Visited<A, Head>& head) {
  a("format", head.format);
  a("node", head.message.node);
  a("whole", head.message.whole);
  a("generation", head.message.generation);
  a("sha256", head.message.sha256);
  a("coordinator", head.message.coordinator);
}

}  // namespace

std::string encode_heartbeat(const HeartbeatMessage& message) {
  Head head;
  head.message = message;
  head.message.parts = {};
  return dump(JsonWriter::to_json(head)) + "\n" + encode_board(message.parts);
}

Result<HeartbeatMessage> decode_heartbeat(std::string_view bytes, std::string_view where) {
  const std::size_t end = bytes.find('\n');
  if (end == bytes.npos) return make_error<MsgId::HWBOARDBAD>(where, "heartbeat: not of two parts");
  Head head;
  head.format = 0;
  if (const auto fault = read_json(bytes.substr(0, end), kBoardBounds, head))
    return make_error<MsgId::HWBOARDBAD>(where, "heartbeat: " + on_one_line(*fault));
  if (head.format != kFormat || head.message.node.empty())
    return make_error<MsgId::HWBOARDBAD>(where, "heartbeat: not of format 1, or of no node");
  HW_TRY(head.message.parts, decode_board(bytes.substr(end + 1), where));
  return std::move(head.message);
}

}  // namespace hw::cluster
