// replicate -receiver -shutdown: the receiver server, the update process, and the receive pool; or the update process
// alone.
#include <ostream>

#include "mupip/replicate/receiver_actions.h"
#include "replic/control/receiver_control.h"
#include "replic/instance/instance.h"
#include "replic/process/server_log.h"

namespace hw::mupip {
namespace {

/// Both ends of a shutdown in one place: what was asked, and what was found.
class Shutdown {
 public:
  Shutdown(const ReceiverControl& control, Console& console) : control_(control), console_(console) {}

  /// Waits for what has been received to be applied, so that nothing of it has to come again.
  void drain(std::uint32_t timeout_s) {
    control_.wait_until(ReceiverControl::Clock::now() + std::chrono::seconds(timeout_s),
                        [this] { return control_.pool().used_bytes() == 0 || !control_.update_lives(); });
  }

  Result<int> update_process() {
    const bool lived = control_.update_lives();
    say("Initiating shut down of Update Process");
    HW_TRY_VOID(control_.stop(control_.header().update, "Update process"));
    say("Update Process exited");
    return lived || control_.update_state() == UpdateState::Stopped ? 0 : abnormal_update_process();
  }

  Result<int> all() {
    ReceivePoolHeader& header = control_.header();
    say("Initiating shut down");
    int status = 0;
    const bool receiver_lived = control_.receiver_lives();
    const bool update_lived = control_.update_lives();
    HW_TRY_VOID(control_.stop(header.receiver, "Receiver server"));  // Which stops the update process.
    if (!receiver_lived) {
      say("Initiating shut down of Update Process");
      console_.err << "Receiver Server exited abnormally\n";
      status = 1;
    }
    HW_TRY_VOID(control_.stop(header.update, "Update process"));
    if (!receiver_lived) say("Update Process exited");
    if (!update_lived && control_.update_state() != UpdateState::Stopped) status = abnormal_update_process();
    HW_TRY_VOID(control_.remove_pool());
    say("Receive pool shared memory removed");
    say("Receive pool semaphore removed");
    return status;
  }

 private:
  void say(std::string_view text) { console_.out << timed(text) << std::endl; }

  int abnormal_update_process() {
    console_.err << timed("Update Process exited abnormally, INTEGRITY CHECK might be warranted") << '\n';
    return 1;
  }

  const ReceiverControl& control_;
  Console& console_;
};

}  // namespace

Result<int> run_receiver_shutdown(const ParsedCommand& command, Console& console) {
  const auto options = parse_receiver_shutdown(command);
  // Without a journal pool nothing is said but that.
  HW_TRY(const std::string path, instance_path_from_environment());
  HW_TRY_VOID(find_pool(path));
  console.out << timed(options.timeout_s == 0
                           ? "Forcing immediate shutdown"
                           : fmt::format("Waiting for {} second(s) before forcing shutdown", options.timeout_s))
              << std::endl;
  HW_TRY(const ReceiverControl control, ReceiverControl::open());
  if (options.part == ReceiverPart::Helpers) {
    console.out << timed("Initiating shut down of Helpers") << '\n';
    return 0;
  }
  if (options.part != ReceiverPart::UpdateProcess) HW_TRY_VOID(control.check_removable());
  Shutdown shutdown(control, console);
  shutdown.drain(options.timeout_s);
  return options.part == ReceiverPart::UpdateProcess ? shutdown.update_process() : shutdown.all();
}

}  // namespace hw::mupip
