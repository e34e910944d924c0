# shellcheck shell=bash
# faults.sh -- verbs that break things. A process is named by its instance and its kind: `B receiver`, `B update`,
# `A source B` (A's source server to B), `A application`.

process() {
  case $2 in
    receiver) receiver_pid "$1" ;;
    update) update_pid "$1" ;;
    source) source_pid "$1" "$3" ;;
    application) cat "$FOLDER/$1/application.pid" ;;
    *) fail "no such kind of process: $2" ;;
  esac
}

# A zombie is gone too, nobody need have collected it; but not while other threads than its first are still ending.
gone() {
  local state threads
  state=$(awk '/^State:/ { s = $2 } /^Threads:/ { t = $2 } END { print s, t }' "/proc/$1/status" 2>/dev/null)
  read -r state threads <<<"$state"
  [[ -z $state || $state == X || $state == Z && ${threads:-0} -le 1 ]]
}

signal() {
  local name=$1 pid
  shift
  pid=$(process "$@")
  [[ -n $pid ]] || fail "no living process: $*"
  kill "-$name" "$pid" || fail "cannot signal $*"
  SIGNALLED=$pid
}

# kill9 SITE KIND [SECONDARY]. An application is dead when the shell that ran it is, too: that shell says "Killed" in
# application.out, which the next application uses again.
kill9() {
  signal KILL "$@"
  within "$DEADLINE_S" "$* is dead" gone "$SIGNALLED"
  [[ $2 == application && -n ${APPLICATION[$1]-} ]] || return 0
  wait "${APPLICATION[$1]}"
  unset "APPLICATION[$1]"
}

# freeze SITE KIND [SECONDARY]: SIGSTOP, until thaw. Returns when all its threads stand still: on a busy machine they run on
# for a while.
freeze() {
  signal STOP "$@"
  FROZEN=$SIGNALLED
  within "$DEADLINE_S" "$* stands still" stands_still "$FROZEN"
}
stands_still() { [[ -z $(awk '/^State:/ && $2 != "T"' "/proc/$1/task"/*/status) ]]; }
thaw() { kill -CONT "$FROZEN" || fail "cannot wake process $FROZEN"; }

# remember SITE KIND [SECONDARY], and later expect_same ...: the very process that ran then runs still.
declare -A REMEMBERED
remember() { REMEMBERED["$*"]=$(process "$@"); }
expect_same() {
  local now
  now=$(process "$@")
  [[ -n $now && $now == "${REMEMBERED["$*"]}" ]] || fail "$* is process ${now:-none}, not ${REMEMBERED["$*"]}"
}

# kill_all_of A: no process of A is left. Each that was killed is waited for by its number: one that is on its way out has no
# environment any more, so processes_of does not find it, but still has its files and locks.
kill_all_of() {
  local pid killed
  while killed=$(processes_of "$1"); [[ -n $killed ]]; do
    for pid in $killed; do
      note_segments "$pid"
      kill -KILL "$pid" 2>/dev/null
    done
    for pid in $killed; do within "$DEADLINE_S" "process $pid of $1 is dead" gone "$pid"; done
  done
}

# crash A: all processes of A die at once and its shared memory goes, as when its machine stops.
crash() {
  CRASHED[$1]=unknown  # To look now what it holds would finish commits that are in the middle.
  kill_all_of "$1"
  remove_noted_segments
  forget_servers "$1"
}
