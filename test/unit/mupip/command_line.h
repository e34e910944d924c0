// test/unit/mupip/command_line.h -- command lines of mupip over a database of regions DEFAULT and X.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <sstream>
#include <string>

#include "mupip/dispatch.h"
#include "test/support/scratch_database.h"

namespace hw::mupip {

class CommandLineTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("gtmgbldir", scratch_.directory_path().c_str(), 1);
    ::unsetenv("gtm_repl_instance");
  }

  /// Status line, then what was printed, with the folder as `.` and each time stamp of a name as TIME.
  std::string run(const std::string& line) const {
    std::istringstream in;
    std::ostringstream out, err;
    Console console{in, out, err};
    const int status = run_line(line, console);
    std::string text = std::regex_replace(out.str() + err.str(), std::regex(scratch_.folder()), ".");
    text = std::regex_replace(text, std::regex("_[0-9]{13}(_[0-9]+)?"), "_TIME");
    return "rc=" + std::to_string(status) + "\n" + text;
  }

  test::ScratchDatabase scratch_{{"X"}};
};

}  // namespace hw::mupip
