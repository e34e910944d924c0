/// test/unit/replic/source_script.h -- a source server's machine, its instance and its secondary, for tests that speak
/// for the secondary message by message.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replic/source/source_machine.h"
#include "test/support/machine_actions.h"
#include "test/support/reign.h"

namespace hw {

class SourceScript : public testing::Test {
 protected:
  SourceScript() {
    remake();
    history_.append(test::reign("INSTA", 1, 1));
    tick(1000);
  }
  void remake() { machine_.emplace(config_); }
  static SourceMachine::Config config() {
    SourceMachine::Config config;
    config.self.name = "INSTA";
    config.secondary = "INSTB";
    config.instance_path = "./A/gtm.repl";
    config.connect = {2, 300, 1, 2, 3, 9};
    return config;
  }
  SourceMachine::Local local() {
    SourceMachine::Local now{next_, role_, history_, dual_site_allowed_, lost_done_, last_sent_};
    now.awaits_reign = awaits_reign_;
    return now;
  }
  std::vector<SourceAction> step(SourceEvent event) { return last_ = machine_->step(event, local()); }
  std::vector<SourceAction> tick(std::uint64_t now_ms) { return step(event::Tick{now_ms}); }
  std::vector<SourceAction> receive(Message message, std::uint16_t level = kLevelMultiSite) {
    return step(event::Received{std::move(message), level});
  }
  Identity peer(std::string name) {
    Identity who;
    who.name = std::move(name);
    who.log_path = "./B/rcv.log";
    who.pid = 9459;
    who.was_root = peer_was_root_;
    return who;
  }
  void greet(Message first) {
    step(event::Connected{});
    receive(std::move(first), kLevelDualSite);
    ASSERT_NE(test::sent<wire::Hello>(last_), nullptr);
    receive(wire::HelloReply{peer("INSTB")});
  }
  void stream_from(std::uint64_t seqno) {
    greet(wire::StartFrom{Seqno{seqno}});
    if (seqno > 1) receive(wire::HistoryAnswer{history_.records()[0]});
    ASSERT_EQ(machine_->state(), SourceState::Streaming) << test::logged(last_);
  }

  Seqno next_{83};
  InstanceRole role_ = InstanceRole::Root;
  History history_;
  bool dual_site_allowed_ = false;
  bool lost_done_ = false;
  Seqno last_sent_{1};
  std::uint64_t now_ = 100'000;
  bool peer_was_root_ = false;
  bool awaits_reign_ = false;
  SourceMachine::Config config_ = config();
  std::optional<SourceMachine> machine_;
  std::vector<SourceAction> last_;
};

}  // namespace hw
