# shellcheck shell=bash
# Servers that have nothing to do, or cannot do it, use no CPU: in each of these states less than a tenth of one.
only_headwater "GT.M's servers look around every few seconds"
instance A B
root A

# ticks PID: CPU time in clock ticks.
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

# idle WHAT PROCESS...: over two seconds; a machine that is busy takes longer, never more CPU.
idle() {
  local what=$1 kind pid before spent
  shift
  declare -A start
  for kind; do
    # shellcheck disable=SC2086
    pid=$(process $kind)
    [[ -n $pid ]] || fail "no process: $kind"
    start[$kind]="$pid $(ticks "$pid")"
  done
  read -rt 2 <> <(:) || true
  for kind; do
    read -r pid before <<<"${start[$kind]}"
    spent=$(($(ticks "$pid") - before))
    [[ $spent -lt $((2 * $(getconf CLK_TCK) / 10)) ]] || fail "$kind uses $spent ticks in two seconds: $what"
  done
}

step "nobody answers"
choose_port B
feed A B
standby B DUMMY
idle "no secondary" "A source B" "B source DUMMY"
receiver B
update A 20
expect_equal A B
step "connected, nothing to send"
idle "connected" "A source B" "B receiver" "B update" "B source DUMMY"

step "no update process, in the middle of a stream"
on B mupip replicate -receiver -shutdown -updateonly -timeout=0
update A 500
idle "no update process" "A source B" "B receiver"
step "no update process, killed in the middle of a stream"
update_process B
expect_equal A B
application A
kill9 B update
stop_application A
idle "a dead update process" "A source B" "B receiver"
update_process B
expect_equal A B

step "the update process waits for a region that is frozen"
on B mupip freeze -on DEFAULT
update A 500
allow HWFROZEN
idle "frozen" "A source B" "B receiver" "B update"
on B mupip freeze -off DEFAULT
expect_equal A B

step "a receiver that stands still, and a full pool"
freeze B receiver
update A 500
idle "stopped receiver" "A source B" "B update"
thaw
expect_equal A B
step "a passive source server"
take_down A
root A
standby A B
idle "passive" "A source B"
expect_no_errors_in_logs
