# shellcheck shell=bash
# A process that is stopped while it holds the commit lock (Ctrl-Z, SIGSTOP): whoever waits says for whom, can be ended, and
# wakes it up, so that everybody goes on. The points at which it is stopped: engine/base/failpoints.def.
only_headwater "the points at which a process stops are Headwater's"
instance A
root A
standby A Z
logged=false
if operator_log; then logged=true; fi
on A gbl set '^a(0)' 0

is_stopped() { grep -q '^State:.*T' "/proc/$1/status"; }

# stopped POINT STATEMENT: a process of A that has stopped at the point.
stopped() {
  echo "$2" >"$FOLDER/statement"
  ( environment_of A; cd "$FOLDER/A" && HW_FAIL=$1:stop exec gbl <"$FOLDER/statement" >"$FOLDER/stopped.out" 2>&1 ) &
  STOPPED=$!
  within "$DEADLINE_S" "a process stops at $1" is_stopped "$STOPPED"
}
woken() { wait "$STOPPED" || fail "the stopped process ended with status $?: $(cat "$FOLDER/stopped.out")"; }

round=0
for point in CommitRecordsNotComplete CommitHalfApplied; do
  for command in "gbl set ^b($round) 1" "gbl get ^a(0)" "mupip extract -stdout" "mupip integ -region *"; do
    step "stopped at $point; ${command%% \^*} goes on"
    round=$((round + 1))
    stopped "$point" 'tstart ():(serial:transaction="BATCH") set ^a('$round')=1,^x('$round')=1 tcommit'
    # shellcheck disable=SC2086
    ( set -f; LONGEST_COMMAND_S=60 quietly A $command ) >"$SAID" 2>&1 || fail "$command: status $?, $(cat "$SAID")"
    woken
    [[ $(quietly A gbl get "^x($round)") == 1 ]] || fail "the commit of the stopped process is not there"
  done
done
! $logged || expect_operator_log 12 GTM-LOCKWAIT "%GTM-W-MUTEXLCKALERT, Mutual Exclusion subsystem ALERT"

step "a waiting command ends on SIGTERM, and -status says for whom it waits"
printf 'x\n28-NOV-2026  10:00:00 ZWR\n^l=1\n' >"$FOLDER/A/load.zwr"
status_says() { quietly A mupip replicate -source -status -json | grep -q "\"holder\": *$STOPPED"; }
# end_waiting COMMAND: false when the holder was woken before the signal came.
end_waiting() {
  round=$((round + 1))
  stopped CommitRecordsNotComplete 'tstart ():(serial:transaction="BATCH") set ^a('$round')=1,^x('$round')=1 tcommit'
  # shellcheck disable=SC2086
  ( set -f; environment_of A; cd "$FOLDER/A" && exec $1 >"$FOLDER/waiting.out" 2>&1 ) &
  local waiting=$!
  until status_says || gone "$STOPPED"; do :; done
  kill -TERM "$waiting" 2>/dev/null
  within "$DEADLINE_S" "$1 has ended" gone "$waiting"
  wait "$waiting"
  kill -CONT "$STOPPED" 2>/dev/null
  woken
  grep -qE 'FORCEDHALT|HWINTERRUPTED' "$FOLDER/waiting.out"
}
for command in "mupip integ -region *" "gbl set ^b 1" "mupip load load.zwr"; do
  for try in 1 2 3 4 5; do
    if end_waiting "$command"; then break; fi
    [[ $try -lt 5 ]] || fail "$command: $(cat "$FOLDER/waiting.out")"
  done
done
take_down A
