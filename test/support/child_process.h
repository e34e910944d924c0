/// test/support/child_process.h -- work that a process of its own does, because it is to be killed.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "test/support/must.h"

namespace hw::test {

using Variables = std::map<std::string, std::string>;

/// Forks; the child gets `environment`, does `work` and ends with status 1 if an expectation failed in it.
inline pid_t start_child(const Variables& environment, const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  work();
  std::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

inline int wait_for(pid_t pid) {
  int status = 0;
  HW_CHECK(::waitpid(pid, &status, 0) == pid);
  return status;
}

inline int in_child(const Variables& environment, const std::function<void()>& work) {
  return wait_for(start_child(environment, work));
}

}  // namespace hw::test
