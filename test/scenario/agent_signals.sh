# shellcheck shell=bash
# Signals to hwd and hwadm, and closed standard streams: their columns of docs/signals.md. Servers outlive their agent.
only_headwater "there are no agents"
IGNORED=(HUP USR1 USR2 ALRM VTALRM PROF PIPE XFSZ XCPU IO PWR STKFLT SYS RTMIN RTMIN+5 RTMAX)
instance A
node n1 A
key
printf '#!/usr/bin/env bash\nexec sleep 100000\n' >"$FOLDER/report"
chmod 755 "$FOLDER/report"
{
  printf 'format=1\n[domain]\nname="shop"\nmaster=["n1"]\n'
  nodes_toml
  instance_toml A ''
  printf '[group.acct]\ninstances=["A"]\n[server.report]\ngroup="acct"\nrun="%s"\n' "$FOLDER/report"
} >"$FOLDER/shop.toml"
N=$FOLDER/n1
agent_starts n1
adm_does n1 config apply "$FOLDER/shop.toml"
adm_does n1 boot
adm_shows n1 '^instance A .* root ' status
update A 5

step "hwd takes no notice of ${IGNORED[*]} TSTP TTIN TTOU"
agent=$(agent_pid n1)
for name in "${IGNORED[@]}" TSTP TTIN TTOU; do kill -"$name" "$agent"; done
adm_does n1 status
[[ $(agent_pid n1) == "$agent" ]] && ! gone "$agent" || fail "the agent has ended"

# What the agent has started has all signals as they are by default, none blocked.
plain_signals() {
  local pid
  for pid in $(pgrep -x sleep); do
    grep -lsz "^HW_NODE=n1" "/proc/$pid/environ" >/dev/null || continue
    [[ $(awk '/^Sig(Blk|Ign):/ { print $2 }' "/proc/$pid/status" | tr -d '0\n') == "" ]] || return 1
    echo "$pid"
  done
}
REPORT=$(plain_signals) || fail "a server that the agent has started has signals blocked or ignored"
[[ -n $REPORT ]] || fail "no server is found"
for name in TERM INT; do
  step "$name ends hwd in order, and its log says who sent it; its servers live on"
  agent=$(agent_pid n1)
  kill -"$name" "$agent"
  within "$DEADLINE_S" "the agent ends" gone "$agent"
  tail -1 "$N/log/hwd.log" | grep -q "ends: Signal .* from process $$ of user" || fail "its log: $(tail -1 "$N/log/hwd.log")"
  [[ ! -s $N/run/hwd.pid && ! -e $N/run/hwd.sock ]] || fail "left: $(ls -l "$N/run")"
  ! gone "$REPORT" || fail "its server has ended, too"
  update A 5
  agent_starts n1
  adm_shows n1 '^instance A .* root ' status
  ! gone "$REPORT" || fail "the next agent has ended the server"
done
for name in QUIT KILL; do
  step "$name ends hwd as any program; the next agent takes its servers over"
  agent=$(agent_pid n1)
  kill -"$name" "$agent"
  within "$DEADLINE_S" "the agent ends" gone "$agent"
  agent_starts n1
  adm_shows n1 '^instance A .* root ' status
  ! gone "$REPORT" || fail "the next agent has ended the server"
done

step "hwd in the foreground stops and goes on by TSTP and CONT"
agents_stop n1
HW_KEY_FILE=$FOLDER/key hwd -d -i "$FOLDER/nodes.ini" -l n1 >"$FOLDER/foreground" 2>&1 </dev/null &
JOB=$!
is_up() { [[ $(agent_pid n1) == "$JOB" ]] && adm n1 status && [[ $STATUS -eq 0 ]]; }
within "$DEADLINE_S" "it is up" is_up
for name in "${IGNORED[@]}"; do kill -"$name" $JOB; done
kill -STOP $JOB
within "$DEADLINE_S" "it stands still" stands_still $JOB
kill -CONT $JOB
within "$DEADLINE_S" "it goes on" is_up
kill -INT $JOB
wait $JOB
status=$?
[[ $status -eq 0 ]] || fail "status $status in the foreground: $(cat "$FOLDER/foreground")"
agent_starts n1

# at_work WORDS...: hwadm, as JOB, with a pipe as its input, which stays open as descriptor 9.
at_work() {
  DOING=$*
  rm -f "$FOLDER/pipe" "$FOLDER/waiting"
  mkfifo "$FOLDER/pipe"
  env --default-signal=INT hwadm "$@" <"$FOLDER/pipe" >"$FOLDER/waiting" 2>&1 &
  JOB=$!
  exec 9>"$FOLDER/pipe"
}
ends_with() {
  local status
  within 10 "hwadm ends on a signal, $DOING: $(cat "/proc/$JOB/status" 2>/dev/null)" gone "$JOB"
  wait "$JOB"
  status=$?
  [[ $status -eq $1 ]] || fail "status $status, not $1, of $DOING: $(cat "$FOLDER/waiting")"
}
step "hwadm at its prompt takes no notice of ${IGNORED[*]}, and stops and goes on by TSTP and CONT"
at_work --dir "$N"
echo topology >&9
within "$DEADLINE_S" "it has answered" test -s "$FOLDER/waiting"
for name in "${IGNORED[@]}"; do kill -"$name" $JOB; done
kill -TSTP $JOB # Without a terminal's session it is no signal: whether it stops is the system's business.
kill -CONT $JOB
echo 'config list' >&9
exec 9>&-
ends_with 0
grep -q current "$FOLDER/waiting" || fail "it did not go on: $(cat "$FOLDER/waiting")"

python3 - "$FOLDER/silent" <<'PYTHON' &
import os, socket, sys, time
os.makedirs(sys.argv[1] + "/run")
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + "/run/hwd.sock")
listener.listen()
time.sleep(600)
PYTHON
SILENT=$!
within "$DEADLINE_S" "it listens" test -S "$FOLDER/silent/run/hwd.sock"
is_under_way() { [[ $(grep -c 'down -w 2: running' "$N/log/hwd.log") -gt $count ]]; }
declare -A ENDS=([TERM]=241 [INT]=130)
for name in TERM INT; do
  step "$name ends hwadm: at its prompt, while it asks an agent that says nothing, and while a command is under way"
  at_work --dir "$N"
  echo topology >&9
  within "$DEADLINE_S" "it has answered" test -s "$FOLDER/waiting"
  kill -$name $JOB
  ends_with "${ENDS[$name]}"
  at_work --dir "$FOLDER/silent" status
  within "$DEADLINE_S" "it waits" grep -qE 'futex|poll|epoll' "/proc/$JOB/wchan"
  kill -$name $JOB
  ends_with "${ENDS[$name]}"
  count=$(grep -c 'down -w 2: running' "$N/log/hwd.log")
  at_work --dir "$N" --timeout -1 down -w 2 -y
  within "$DEADLINE_S" "the command is under way" is_under_way
  kill -$name $JOB
  ends_with "${ENDS[$name]}"
  [[ $name != TERM ]] || grep -q '%GTM-F-FORCEDHALT' "$FOLDER/waiting" || fail "no FORCEDHALT: $(cat "$FOLDER/waiting")"
  exec 9>&-
  adm_shows n1 'down.* DONE|down.*done' history  # What it has asked for is done all the same.
  adm_does n1 boot
  adm_shows n1 '^instance A .* root ' status
done
kill "$SILENT"
wait "$SILENT" 2>/dev/null

step "standard streams that are closed, in all combinations"
REPORT=$(plain_signals)
ends_well() { (eval "$1 $closed") >"$SAID" 2>&1 || fail "status $? of $1 $closed: $(cat "$SAID")"; }
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
  agents_stop n1
  ends_well "HW_KEY_FILE=$FOLDER/key hwd -i $FOLDER/nodes.ini -l n1"
  agent=$(agent_pid n1)
  ends_well "hwadm --dir $N config check $FOLDER/shop.toml"
  ends_well "hwadm --dir $N status"
  [[ -n $agent ]] && ! gone "$agent" || fail "no agent lives with $closed"
  adm_shows n1 '^instance A .* root ' status
  adm_shows n1 "^report.* $REPORT( |\$)" st
done
adm_does n1 down -y
agents_stop n1
