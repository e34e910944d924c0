/// test/support/pid_space.h -- processes that are the first of a PID name space of their own, so that several have the
/// same number.
#pragma once

#include <sched.h>
#include <unistd.h>

#include <functional>

#include "test/support/child_process.h"

namespace hw::test {

/// Forks twice: a process that stays here, and waits for the first one of the new name space, which does `work` and
/// ends as in start_child.
inline pid_t start_in_pid_space(const std::function<void()>& work) {
  return start_child({}, [&] {
    // Without rights to it, in a user name space that gives them.
    if (::unshare(CLONE_NEWPID) != 0) HW_CHECK(::unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0);
    const int status = in_child({}, work);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  });
}

/// Whether this process may make PID name spaces.
inline bool have_pid_spaces() {
  return in_child({}, [] {
           const bool may = ::unshare(CLONE_NEWPID) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0;
           ::_exit(may ? 0 : 1);
         }) == 0;
}

}  // namespace hw::test
