// The receiver server and its update process as real processes, against a source that this test plays on loopback.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include "engine/base/boot.h"
#include "engine/base/liveness.h"
#include "engine/commit/domain.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"
#include "replic/link/frame_io.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Less is left in the receive pool than a message of 500 transactions takes.
constexpr std::uint64_t kNearlyFullBytes = 16384;

class ReceiverScenario : public testing::Test {
 protected:
  ReceiverScenario() {
    path_ = scratch_.folder() + "/gtm.repl";
    ::setenv("gtm_repl_instance", path_.c_str(), 1);
    ::setenv("gtmgbldir", scratch_.directory_path().c_str(), 1);
    InstanceFile::Creation creation;
    creation.path = path_;
    auto created = InstanceFile::create(InstanceName::parse("INSTB").value(), creation);
    EXPECT_TRUE(created.has_value());
    database_ =
        Database::open({.global_directory = scratch_.directory_path(), .instance_file = path_, .background = false})
            .value();
    JournalPool::Setup setup{.replicating = true,
                             .ring_bytes = kPoolBytesMin,
                             .instance_name = "INSTB",
                             .instance_file = path_,
                             .instance_identity = identity_of(path_).value(),
                             .updates_enabled = false};
    std::memcpy(setup.instance_id.data(), created->file.header().file_id.data(), setup.instance_id.size());
    auto domain = database_->create_domain(setup);
    EXPECT_TRUE(domain.has_value()) << domain.error().render();
    domain_ = *domain;
    EXPECT_TRUE(created->file
                    .update_header([this](InstanceHeader& header) {
                      header.jnlpool_shmid = static_cast<std::uint32_t>(domain_->pool().id());
                      header.jnlpool_boot_id = boot_id();
                    })
                    .has_value());
    port_ = FrameListener::listen(0).value().port();
  }
  ~ReceiverScenario() override {
    run("-shutdown -timeout=0");
    const int id = domain_->pool().id();
    EXPECT_TRUE(database_->close().has_value());
    (void)SharedMemory::remove(id);  // A segment left behind fails no test.
    if (HasFailure()) std::fputs(logs().c_str(), stderr);
  }

  std::string text_of(const std::string& name) const {
    std::ifstream in(scratch_.folder() + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string logs() const { return text_of("rcv.log") + "----\n" + text_of("rcv.log.updproc"); }

  /// Exit status of `mupip replicate -receiver <what>`; what it said is in said_.
  int run(const std::string& what) {
    const std::string out = scratch_.folder() + "/said";
    const std::string line = std::string(HW_BIN_DIR) + "/mupip replicate -receiver " + what + " >" + out + " 2>&1";
    const int status = std::system(line.c_str());
    said_ = text_of("said");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void start(const std::string& more = "") {
    ASSERT_EQ(run("-start -listenport=" + std::to_string(port_) + " -log=" + scratch_.folder() + "/rcv.log " + more), 0)
        << said_;
    pool_ = ReceivePool::find(domain_->pool()).value();
  }
  void kill_and_wait(const PoolProcess& process) {
    const auto pid = process.pid.load();
    ASSERT_GT(pid, 1u);
    ASSERT_EQ(::kill(static_cast<pid_t>(pid), SIGKILL), 0);
    ASSERT_TRUE(wait_for_exit(pid, process.pid_start.load(), Clock::now() + 30s).value_or(false));
  }

  // ---- the source, played ----
  void connect() {
    auto connection = FrameConnection::connect("127.0.0.1", port_, Clock::now() + 20s);
    ASSERT_TRUE(connection.has_value()) << connection.error().render() << logs();
    source_.emplace(std::move(connection).value());
  }
  template <typename T>
  T expect() {
    const auto deadline = Clock::now() + 30s;
    for (;;) {
      const auto outcome = source_->read(frame_, deadline);
      if (!outcome.has_value() || *outcome != FrameRead::Frame) {
        ADD_FAILURE() << (outcome.has_value() ? "no message came" : outcome.error().render());
        return {};
      }
      if (const auto* wanted = std::get_if<T>(&frame_.message)) return *wanted;
      const bool progress = std::holds_alternative<wire::HeartbeatAck>(frame_.message);
      if (!progress) ADD_FAILURE() << "came: " << name_of(frame_.message);
      if (!progress) return {};
    }
  }
  void send(const Message& message) {
    const Status sent = source_->write(kLevelMultiSite, message, Clock::now() + 20s);
    ASSERT_TRUE(sent.has_value()) << sent.error().render();
  }
  HistoryRecord record_at(Seqno start) const {
    HistoryRecord record;
    record.root_name = "INSTA";
    record.start = start;
    record.cycle = 1;
    record.creator_pid = 100;
    record.created_s = 1700000000;
    return record;
  }
  /// The handshake; returns where the stream starts.
  Seqno shake_hands() {
    const Seqno from = expect<wire::StartFrom>().seqno;
    Identity self;
    self.role = InstanceRole::Root;
    self.name = "INSTA";
    self.next_seqno = Seqno{1'000'000};
    send(wire::Hello{self});
    EXPECT_EQ(expect<wire::HelloReply>().receiver.name, "INSTB");
    if (from > Seqno{1}) {
      send(wire::NeedHistory{from});
      EXPECT_TRUE(same_reign(expect<wire::HistoryAnswer>().record, record_at(Seqno{1})));
    }
    restart_at(from);
    return from;
  }
  void restart_at(Seqno from) {
    send(wire::WillRestartAt{from, InstanceRole::Root});
    send(wire::NewHistory{record_at(from)});
  }
  void send_transactions(std::uint64_t first, std::uint64_t last) {
    while (first <= last) {
      std::vector<std::string> frames;
      for (; first <= last && frames.size() < 500; ++first) {
        FrameBuilder builder;
        builder.start(false, "");
        const std::string name = test::key("a", {std::to_string(first)});
        ASSERT_TRUE(builder.add({UpdateType::Set, name, std::to_string(first)}).has_value());
        frames.emplace_back(builder.finish(Seqno{first}, first));
      }
      wire::Transactions batch{Seqno{first - frames.size()}, Seqno{first - 1}, {}};
      for (const auto& text : frames) batch.frames.push_back(as_bytes(text));
      send(batch);
    }
  }
  void expect_applied(std::uint64_t next) {
    while (!HasFailure() && expect<wire::HeartbeatAck>().applied_next < Seqno{next}) {
    }
    EXPECT_EQ(domain_->header().next_seqno.load(), next);
  }

  test::ScratchDatabase scratch_;
  std::string path_;
  std::unique_ptr<Database> database_;
  Domain* domain_ = nullptr;
  ReceivePool pool_;
  std::uint16_t port_ = 0;
  std::string said_;
  std::optional<FrameConnection> source_;
  ReceivedFrame frame_;
};

TEST_F(ReceiverScenario, StreamIsAppliedAndAcknowledged) {
  start();
  connect();
  EXPECT_EQ(shake_hands(), Seqno{1});
  send_transactions(1, 5000);
  expect_applied(5001);
  EXPECT_EQ(run("-checkhealth"), 0) << said_;
  EXPECT_EQ(run("-showbacklog"), 0);
  EXPECT_EQ(said_.substr(0, 4), "0 : ") << said_;
  EXPECT_EQ(run("-shutdown -timeout=0"), 0) << said_;
  EXPECT_EQ(run("-checkhealth"), 146) << said_;
}

// Shows: 4.decided.port
TEST_F(ReceiverScenario, ATakenPortFailsTheStart) {
  const auto other = FrameListener::listen(port_);
  ASSERT_TRUE(other.has_value());
  EXPECT_NE(run("-start -listenport=" + std::to_string(port_) + " -log=" + scratch_.folder() + "/rcv.log"), 0);
  EXPECT_NE(said_.find("REPLCOMM"), std::string::npos) << said_;
}

TEST_F(ReceiverScenario, GarbageAndASecondServerDoNoHarm) {
  start();
  EXPECT_EQ(run("-start -listenport=" + std::to_string(port_) + " -log=" + scratch_.folder() + "/rcv2.log"), 250);
  EXPECT_NE(said_.find("Receiver Server already exists"), std::string::npos) << said_;
  connect();
  expect<wire::StartFrom>();
  send(wire::Heartbeat{Seqno{1}, 1});  // Not what is due.
  expect<wire::Bye>();
  connect();
  EXPECT_EQ(shake_hands(), Seqno{1});
  send_transactions(1, 10);
  expect_applied(11);
}

TEST_F(ReceiverScenario, AKilledReceiverServerIsReplacedAlone) {
  start();
  connect();
  shake_hands();
  send_transactions(1, 3000);
  const auto update_pid = pool_.header().update.pid.load();
  kill_and_wait(pool_.header().receiver);
  EXPECT_EQ(run("-checkhealth"), 1) << said_;
  start();
  EXPECT_EQ(pool_.header().update.pid.load(), update_pid);
  connect();
  const Seqno from = shake_hands();
  EXPECT_LE(from, Seqno{3001});
  send_transactions(from.value, 6000);
  expect_applied(6001);
}

TEST_F(ReceiverScenario, AKilledUpdateProcessIsDrainedAndReplacedAlone) {
  start();
  connect();
  shake_hands();
  send_transactions(1, 3000);
  expect_applied(3001);
  kill_and_wait(pool_.header().update);
  const Seqno drained = expect<wire::XoffAckMe>().seqno;
  EXPECT_EQ(drained, Seqno{3001});
  send_transactions(3001, 3100);  // Under way when the source heard of it.
  send(wire::XoffAck{drained});
  EXPECT_EQ(run("-checkhealth"), 4) << said_;
  EXPECT_EQ(run("-start -updateonly"), 0) << said_;
  EXPECT_EQ(expect<wire::StartFrom>().seqno, Seqno{3001});  // On the same connection: both know each other.
  restart_at(Seqno{3001});
  send_transactions(3001, 6000);
  expect_applied(6001);
}

// The receive pool is full when the update process dies, and more has been read than there was room for.
TEST_F(ReceiverScenario, AKilledUpdateProcessLeavesAFullPool) {
  start("-buffsize=1048576");
  connect();
  shake_hands();
  ASSERT_EQ(::kill(static_cast<pid_t>(pool_.header().update.pid.load()), SIGSTOP), 0);
  send_transactions(1, 20'000);
  expect<wire::Xoff>();
  const auto deadline = Clock::now() + 30s;
  while (pool_.header().ring_bytes - pool_.used_bytes() > kNearlyFullBytes && Clock::now() < deadline)
    std::this_thread::yield();
  kill_and_wait(pool_.header().update);
  send(wire::XoffAck{expect<wire::XoffAckMe>().seqno});
  EXPECT_EQ(run("-start -updateonly"), 0) << said_;
  const Seqno from = expect<wire::StartFrom>().seqno;
  restart_at(from);
  send_transactions(from.value, from.value + 1000);
  expect_applied(from.value + 1001);
}

// An update process that is killed before the first connection starts again.
// Shows: breaks.21
TEST_F(ReceiverScenario, AnUpdateProcessKilledBeforeTheFirstConnectionIsReplaced) {
  start();
  kill_and_wait(pool_.header().update);
  EXPECT_EQ(run("-start -updateonly"), 0) << said_;
  connect();
  EXPECT_EQ(shake_hands(), Seqno{1});
  send_transactions(1, 100);
  expect_applied(101);
}

}  // namespace
}  // namespace hw
