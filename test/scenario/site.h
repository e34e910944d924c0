/// test/scenario/site.h -- one instance on this machine, operated with the real programs.
///
/// The databases are made in this process; everything that the test is about is done by `mupip` and `gbl` with the
/// instance's environment. At the end whatever servers run are shut down through mupip and the pool must be gone.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <string>
#include <thread>

#include "replic/instance/instance_file.h"
#include "replic/link/frame_io.h"
#include "test/support/scratch_database.h"

namespace hw::test {

/// What a program said; the folder's name is "." in it and time stamps are "TIME".
struct Said {
  int status = -1;
  std::string out;
  std::string err;
  std::string both() const { return out + err; }
};

inline std::string read_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Waits for a state of other processes that announce nothing to this one; false at the deadline.
inline bool becomes_true(const std::function<bool()>& there, std::chrono::seconds patience = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!there()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class Site {
 public:
  /// `name` is the instance's; regions DEFAULT and XREG (globals ^xreg*).
  explicit Site(std::string name, bool replicating = true) : name_(std::move(name)), database_({"XREG"}) {
    if (replicating) database_.enable_journaling(true);
    path_ = database_.folder() + "/gtm.repl";
    InstanceFile::Creation creation;
    creation.path = path_;
    creation.pid = 1;
    EXPECT_TRUE(InstanceFile::create(InstanceName::parse(name_).value(), creation).has_value());
    port_ = free_port();
  }
  ~Site() {
    if (testing::Test::HasFailure()) std::fputs(logs().c_str(), stderr);
    mupip("replicate -receiver -shutdown -timeout=0");
    mupip("replicate -source -shutdown -timeout=0");
    const auto file = InstanceFile::open(path_, false);
    if (file.has_value()) {
      EXPECT_EQ(file->header().jnlpool_shmid, kNoSharedMemory) << name_;
    }
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  const std::string& name() const { return name_; }
  const std::string& path() const { return path_; }
  std::string folder() const { return database_.folder(); }
  std::string file(const std::string& name) const { return folder() + "/" + name; }
  std::string text(const std::string& file_name) const { return normal(read_text(file(file_name))); }
  ScratchDatabase& database() { return database_; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Runs `mupip <arguments>`; `before` are assignments for the shell, e.g. "gtm_repl_instsecondary=B".
  Said mupip(const std::string& arguments, const std::string& before = "") const {
    return run(before + " " + HW_BIN_DIR + "/mupip " + arguments);
  }
  Said source(const std::string& arguments, const std::string& before = "") const {
    return mupip("replicate -source " + arguments, before);
  }
  Said receiver(const std::string& arguments) const { return mupip("replicate -receiver " + arguments); }
  /// Runs `gbl run` with one statement a line.
  Said gbl(const std::string& statements) const {
    std::ofstream(file("statements")) << statements << "\n";
    return run(std::string(HW_BIN_DIR) + "/gbl run statements");
  }
  Said run(const std::string& line) const {
    const std::string said = file("said");
    const std::string whole =
        "cd " + folder() +
        " && unset gtm_repl_instname gtm_repl_instsecondary && export TZ=UTC gtm_repl_instance=" + path_ +
        " gtmgbldir=" + database_.directory_path() + " headwater_operator_log=" + file("operator.log") + " && " + line +
        " >" + said + ".1 2>" + said + ".2 </dev/null";
    const int status = std::system(whole.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, normal(read_text(said + ".1")),
            normal(read_text(said + ".2"))};
  }

  /// Source servers: an active one to `to`, a passive one. The log is <secondary>.log.
  Said start_source(const Site& to, const std::string& more = "") const {
    return source("-start -secondary=" + to.address() + " -instsecondary=" + to.name() +
                  " -buffsize=1048576 -log=" + file(to.name() + ".log") + " " + more);
  }
  Said start_passive(const std::string& secondary, const std::string& more = "") const {
    return source("-start -passive -instsecondary=" + secondary +
                  " -buffsize=1048576 -log=" + file(secondary + ".log") + " " + more);
  }
  Said start_receiver(const std::string& more = "") const {
    return receiver("-start -buffsize=1048576 -listenport=" + std::to_string(port_) + " -log=" + file("receiver.log") +
                    " " + more);
  }
  /// A propagating instance with its receiver.
  void start_as_secondary(const std::string& passive = "DUMMY") const {
    ASSERT_EQ(start_passive(passive).status, 0);
    const Said said = start_receiver();
    ASSERT_EQ(said.status, 0) << said.both();
  }
  std::string logs() const {
    std::string out;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const std::string log = entry.path().string();
      if (log.ends_with(".log") || log.ends_with(".updproc")) out += "---- " + log + "\n" + read_text(log);
    }
    return out;
  }
  bool log_has(const std::string& file_name, const std::string& what) const {
    return text(file_name).find(what) != std::string::npos;
  }

  static std::uint16_t free_port() { return FrameListener::listen(0).value().port(); }

 private:
  std::string normal(std::string text) const {
    static const std::regex times("[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}");
    for (std::size_t at; (at = text.find(folder())) != std::string::npos;) text.replace(at, folder().size(), ".");
    return std::regex_replace(text, times, "TIME");
  }

  std::string name_;
  ScratchDatabase database_;
  std::string path_;
  std::uint16_t port_ = 0;
};

}  // namespace hw::test
