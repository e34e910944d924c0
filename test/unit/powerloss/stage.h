/// test/unit/powerloss/stage.h -- a watched folder, its recording, and the program whose calls are recorded.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "test/sim/powerloss/image.h"

namespace hw::powerloss::test {

class PowerLossStage : public testing::Test {
 protected:
  using Words = std::vector<std::string>;

  PowerLossStage() {
    std::string name = testing::TempDir() + "powerloss-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = std::filesystem::canonical(name).string();
    std::filesystem::create_directory(root());
  }
  ~PowerLossStage() override { std::filesystem::remove_all(folder_); }

  std::string folder() const { return folder_; }
  std::string root() const { return folder_ + "/root"; }
  std::string recording() const { return folder_ + "/recording"; }

  /// Starts the actor, recorded; `out` is what it prints into.
  pid_t start(const Words& words, int out = -1) const {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setenv("LD_PRELOAD", (std::string(HW_BIN_DIR) + "/libpowerloss.so").c_str(), 1);
    ::setenv("HW_POWERLOSS_DIR", recording().c_str(), 1);
    ::setenv("HW_POWERLOSS_ROOT", root().c_str(), 1);
    ::setenv("HW_POWERLOSS_SAMPLE_MS", sample_ms.c_str(), 1);
    ::setenv("HW_POWERLOSS_SKIP_SYNC", skip_sync.c_str(), 1);
    ::unsetenv("HW_BOOT_ID");
    if (out >= 0) ::dup2(out, STDOUT_FILENO);
    std::vector<char*> arguments{const_cast<char*>(HW_ACTOR)};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(HW_ACTOR, arguments.data());
    ::_exit(127);
  }

  static int wait_for(pid_t pid) {
    int status = -1;
    return ::waitpid(pid, &status, 0) == pid ? status : -1;
  }

  /// What the actor prints; it must end with `status`.
  std::string act(const Words& words, int status = 0) const {
    const std::string path = folder_ + "/printed";
    const int out = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    EXPECT_EQ(wait_for(start(words, out)), status) << words.front();
    ::close(out);
    return text_of(path);
  }

  ImageReport image(Mode mode, bool strict = false, std::uint64_t seed = 1) const {
    ImageOptions options;
    options.mode = mode;
    options.strict = strict;
    options.seed = seed;
    const auto sound = verify(recording());
    EXPECT_TRUE(sound.has_value()) << sound.error();
    auto made = make_image(recording(), options);
    EXPECT_TRUE(made.has_value()) << made.error();
    return made ? *made : ImageReport();
  }

  static std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string content(const std::string& name) const { return text_of(root() + "/" + name); }
  bool exists(const std::string& name) const { return std::filesystem::exists(root() + "/" + name); }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(root() + "/" + name, std::ios::binary) << text;
  }
  /// Runs of equal bytes, as "4096A 512B".
  std::string runs(const std::string& name) const {
    const std::string text = content(name);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find_first_not_of(text[at], at);
      if (end == std::string::npos) end = text.size();
      if (!out.empty()) out += ' ';
      out += std::to_string(end - at) + (text[at] == '\0' ? '0' : text[at]);
      at = end;
    }
    return out;
  }

  std::string sample_ms = "0";
  std::string skip_sync = "0";

 private:
  std::string folder_;
};

}  // namespace hw::powerloss::test
