// Any messages of a peer, in any order, between any events of this side: a source server's machine survives them, says
// only what can be encoded, and starts its stream only where it has something to send.
#include <cstdint>

#include "replic/source/source_machine.h"
#include "test/support/fuzz/link_events.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

constexpr Seqno kNext{500};

History sample_history() {
  History history;
  for (const std::uint64_t start : {1, 258, 400}) {
    HistoryRecord record;
    record.root_name = start == 258 ? "INSTC" : "INSTA";
    record.start = Seqno{start};
    record.cycle = static_cast<std::uint32_t>(start);
    record.creator_pid = 8749;
    record.created_s = 1795312144;
    HW_CHECK(history.append(record) == History::Append::Appended);
  }
  return history;
}

class Source {
 public:
  explicit Source(InstanceRole role) : role_(role), machine_(config()) {}

  void step(const SourceEvent& event) {
    const auto actions = machine_.step(event, local());
    carry_out(actions);
    if (machine_.state() != SourceState::Streaming) return;
    const Seqno next = machine_.send_next();
    HW_CHECK(next.value >= 1 && next <= kNext);
    carry_out(machine_.before_sending(next, local()));
    HW_CHECK(machine_.send_limit(next, local()) > next);
  }
  void hear_of(std::uint64_t number) {
    known_epoch_ = number % 64;
    apply_wanted_ = Seqno{number % (2 * kNext.value)};
    const auto asked = machine_.ask_applied(local());
    HW_CHECK(asked.empty() || (machine_.level() >= kLevelFencing && machine_.apply_asked() < kNext));
    carry_out(asked);
  }
  void sent(std::uint64_t count) {
    if (machine_.state() != SourceState::Streaming) return;
    const Seqno next = machine_.send_next();
    machine_.sent(Seqno{std::min(next.value + count % 16, kNext.value)});
  }

 private:
  static SourceMachine::Config config() {
    SourceMachine::Config config;
    config.self.name = "INSTA";
    config.self.level_max = kLevelNewest;
    config.secondary = "INSTB";
    return config;
  }
  SourceMachine::Local local() {
    return {kNext, role_, history_, true, false, Seqno{7}, lineage_, known_epoch_, apply_wanted_};
  }

  void carry_out(const std::vector<SourceAction>& actions) {
    HW_CHECK(actions.size() < 100);
    for (const auto& action : actions) {
      if (const auto* send = std::get_if<action::Send>(&action)) {
        fuzz::check_sent(*send);
      } else if (const auto* start = std::get_if<action::StartStream>(&action)) {
        HW_CHECK(start->from.value >= 1 && start->from <= kNext);
      }
    }
  }

  InstanceRole role_;
  History history_ = sample_history();
  std::vector<std::string> lineage_{"INSTA", "ABOVE"};
  std::uint64_t known_epoch_ = 0;
  Seqno apply_wanted_{0};
  SourceMachine machine_;
};

}  // namespace

HW_FUZZ_SHAPE(fuzz::seal_wire, fuzz::link_parts)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Source source(size % 2 == 0 ? InstanceRole::Root : InstanceRole::Propagating);
  std::uint64_t now_ms = 1;
  fuzz::LinkEvents events;
  events.received = [&](Message message, std::uint16_t level) {
    source.step(event::Received{std::move(message), level});
  };
  events.refused = [&] { source.step(event::Refused{make_error<MsgId::HWREPLPROTO>("fuzz")}); };
  events.local = [&](std::uint32_t kind, std::uint64_t number) {
    switch (kind) {
      case 0:
        now_ms += number % 1'000'000;
        return source.step(event::Tick{now_ms});
      case 1:
        return source.step(event::Connected{});
      case 2:
        return source.step(event::ConnectFailed{"Connection refused"});
      case 3:
        return source.step(event::ConnectionLost{"cut"});
      case 4:
        return source.step(event::LostTransactionsDone{});
      case 6:
        return source.hear_of(number);
      default:
        return source.sent(number);
    }
  };
  fuzz::play(std::as_bytes(std::span(data, size)), events);
  return 0;
}
