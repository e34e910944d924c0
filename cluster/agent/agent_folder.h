/// cluster/agent/agent_folder.h -- the folder of a node: where its agent keeps what, and that there is one agent.
///
/// `run/hwd.pid` has the agent's pid, and its first byte is locked as long as the agent lives: a file that a dead one
/// left says nothing. Source: operations, section 3.
#pragma once

#include <string>

#include "engine/base/file.h"
#include "engine/base/result.h"

namespace hw::cluster {

class AgentFolder {
 public:
  /// Makes what is missing (run and the folder itself 0755), and takes the node for this process. Nothing is taken,
  /// written or made anew that is no file of an agent. Errors: HWAGENTRUNS; HWNOSTART: another program's file, a link,
  /// a device is where the agent has a file; SYSCALL.
  static Result<AgentFolder> take(const std::string& dir, const std::string& node);
  /// `named`: where the configuration looks for the node's folder, when this is another one. A copy of the folder does
  /// not make a second agent: what was locked here is locked there too, where an agent has its file. Errors:
  /// HWAGENTRUNS; SYSCALL.
  Status take_named(const std::string& named, const std::string& node);
  AgentFolder(AgentFolder&&) noexcept = default;
  AgentFolder& operator=(AgentFolder&&) = delete;
  /// The pid is taken out; the file stays.
  ~AgentFolder();

  const std::string& dir() const { return dir_; }
  std::string socket() const { return dir_ + "/run/hwd.sock"; }
  std::string process_table() const { return dir_ + "/run/processes"; }
  std::string board() const { return dir_ + "/board.json"; }
  std::string log() const { return dir_ + "/log/hwd.log"; }
  std::string history() const { return dir_ + "/log/history.jsonl"; }
  std::string receipts() const { return dir_ + "/losttn"; }
  std::string lease_notes() const { return dir_ + "/lease"; }

 private:
  AgentFolder(std::string dir, File pid) : dir_(std::move(dir)), pid_(std::move(pid)) {}
  std::string dir_;
  File pid_;
  File named_pid_;
};

}  // namespace hw::cluster
