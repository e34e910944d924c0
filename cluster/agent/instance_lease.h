/// cluster/agent/instance_lease.h -- the lease of one instance of this node, with dcs etcd: has its machine run, and
/// does what it wants done to the instance, on disk, and at other agents.
///
/// It begins when the note and the instance's files could be read; until then the instance takes no lease. What waits
/// for disk or a lock is done by workers, and answered in the loop. A worker never touches this object: it may have
/// gone.
///
/// Source: operations, section 9; docs/operations/lease.md.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/history_log.h"
#include "cluster/agent/instance_facts.h"
#include "cluster/agent/lease_confirm.h"
#include "cluster/agent/lease_note.h"
#include "cluster/agent/lease_wait.h"
#include "cluster/agent/node_links.h"
#include "cluster/agent/workers.h"
#include "cluster/config/domain.h"
#include "cluster/lease_driver/driver.h"
#include "cluster/link/answer.h"
#include "cluster/site/local_site.h"
#include "replic/control/fence.h"
#include "replic/process/server_log.h"

namespace hw::cluster {

/// What status shows of a lease.
struct LeaseView {
  std::string group;
  lease::State state = lease::State::Start;
  std::uint64_t epoch = 0;        ///< of the reign here; 0: none
  std::uint64_t known_epoch = 0;  ///< highest
  std::uint64_t deadline_ns = 0;  ///< CLOCK_BOOTTIME
  bool record_gone = false;
};

/// Thread: the loop's. Destroyed there, or after its end.
class InstanceLease final : public lease::Hands {
 public:
  struct Parts {
    std::shared_ptr<LinkLoop> loop;
    std::shared_ptr<store::StoreClient> client;
    store::StoreKeys keys;
    LocalSite& site;
    BoardKeeper& board;
    NodeLinks& links;
    Workers& workers;
    HistoryLog& history;
    ServerLog& log;
    std::string notes;                                               ///< folder
    std::function<void(const std::string&, const LeaseView&)> told;  ///< by instance; what may be shown has changed
  };
  InstanceLease(Parts parts, std::shared_ptr<const Domain> domain, const Group& group, const Instance& instance);

  const std::string& instance() const { return self_; }
  const std::string& group() const { return group_; }

  /// Each second, and when something has happened to the instance: `facts` of the last probe.
  void look(const std::optional<InstanceFacts>& facts);
  /// The store says that the record has changed.
  void record_changed();
  /// `done` is called once, when the machine has done it or says why not, and not after give_up() of its number.
  std::uint64_t ask(const LeaseRequest& request, LeaseWaits::Done done);
  void give_up(std::uint64_t number) { waits_.give_up(number); }
  /// For `config epoch-base`. Errors: HWREMOTE: its files have not been read.
  Result<lease::EpochAnswer> epochs();
  /// Another member's root asks.
  void confirm_asked(const ConfirmQuestion& question, const std::shared_ptr<Answer>& answer);

  // Hands
  lease::Situation situation() override { return situation_; }
  void write_note(const lease::Note& note, Done done) override;
  void drop_note(Done done) override;
  void keep_epoch(std::uint64_t epoch, Done done) override;
  void set_deadline(std::uint64_t deadline_ns) override;
  void stop_updates(Done done) override;
  void allow_updates(Done done) override;
  void updates_on(Done done) override;
  void promote(const lease::action::Promote& action) override;
  void run_commit_scripts(const lease::action::RunCommitScripts& action) override;
  void drain(const lease::action::Drain& action) override;
  void ask_confirm(const lease::action::AskConfirm& action) override;
  void answer_confirm(const lease::action::AnswerConfirm& action) override;
  void ask_positions(const lease::action::AskPositions& action) override;
  void follow_holder(const lease::action::FollowHolder& action) override;
  void report(const Error& error) override;
  void settled() override;
  void store_failed(const Error& error) override;

 private:
  /// What a worker has read.
  struct Beginning {
    std::optional<lease::Note> note;
    FenceState fence;
    std::uint64_t last_epoch = 0;
  };
  using Work = std::function<Status()>;
  static lease::Config config_of(const Domain& domain, const Group& group, const std::string& self);
  template <typename Value>
  void later(std::function<Value()> work, std::function<void(Value)> then);
  void begin();
  void begun(Result<Beginning> beginning);
  void seen(const Result<FenceState>& fence);
  void judge(const InstanceFacts* facts);
  std::vector<std::string> candidates(const Board& board);
  void note_pause(const Board& board);
  void note_record();
  void note_reign();
  void tell(lease::Event event);

  const Parts parts_;
  const std::shared_ptr<const Domain> domain_;
  const std::string group_;
  const std::string self_;
  const lease::Config config_;
  const LeaseNote note_file_;
  std::shared_ptr<int> life_ = std::make_shared<int>();  ///< what comes back from a worker holds it weakly
  bool looking_ = false;                                 ///< a worker reads
  std::string told_;                                     ///< why it has not begun, or the store does not answer
  lease::Situation situation_;
  std::map<std::string, std::uint64_t> well_ns_;  ///< when each candidate was last near enough
  std::uint64_t pool_ = 0;                        ///< uid of the journal pool last seen; 0: none yet
  std::uint64_t paused_until_us_ = 0;             ///< as the machine was told
  std::uint64_t promotion_ = 0;                   ///< the last one
  std::uint64_t reign_noted_ = 0;                 ///< epoch that is in the history
  std::uint64_t record_noted_ = 0;                ///< revision that is on the board
  struct Question {
    std::string from;
    lease::RoundId round;
    std::shared_ptr<Answer> answer;
  };
  std::list<Question> questions_;  ///< not answered yet
  LeaseWaits waits_;
  std::unique_ptr<lease::LeaseDriver> driver_;
};

}  // namespace hw::cluster
