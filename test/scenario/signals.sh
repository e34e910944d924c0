# shellcheck shell=bash
# Signals to each kind of program, and closed standard streams: what docs/signals.md says. Commands wait on a pipe while
# they are signalled, so that they are known to be at work.
only_headwater "GT.M's programs are as docs/signals.md says of them, but for the table's last column"
IGNORED=(HUP USR1 USR2 ALRM VTALRM PROF PIPE XFSZ XCPU IO PWR STKFLT SYS RTMIN RTMIN+5 RTMAX)
instance A B
root A
link A B
update A 20
expect_equal A B

for kind in "A source B" "B receiver" "B update"; do
  step "$kind takes no notice of ${IGNORED[*]} TSTP TTIN TTOU"
  # shellcheck disable=SC2086
  {
    remember $kind
    for name in "${IGNORED[@]}" TSTP TTIN TTOU; do signal "$name" $kind; done
    update A 5
    expect_equal A B
    expect_same $kind
  }
done

step "TERM and INT: the update process ends in order, and says why"
for name in TERM INT; do
  signal $name B update
  expect_gone B update
  expect_log B receiver.log.updproc "from process "
  update_process B
  within "$DEADLINE_S" "an update process" alive B update
  update A 5
  expect_equal A B
done
for name in TERM INT; do
  step "$name: receiver and source server end in order, and say why"
  signal $name B receiver
  expect_gone B receiver
  expect_log B receiver ": shutting down in order"
  signal $name A source B
  expect_gone A source B
  expect_log A source-B ": shutting down in order"
  forget_servers A
  receiver B
  feed A B
  update A 5
  expect_equal A B
done

# at_work COMMAND...: starts it on A with a pipe as its input, which stays open as descriptor 9.
at_work() {
  rm -f "$FOLDER/pipe"
  mkfifo "$FOLDER/pipe"
  ( environment_of A; cd "$FOLDER/A" && exec "$@" <"$FOLDER/pipe" >"$FOLDER/said.$1" 2>&1 ) &
  JOB=$!
  exec 9>"$FOLDER/pipe"
  WORKING=$FOLDER/said.$1
}
ended_with() { wait "$JOB"; [[ $? -eq $1 ]] || fail "status not $1: $(cat "$WORKING")"; }
loaded() { [[ $(quietly A gbl get "$1") == "$2" ]]; }

for program in load gbl; do
  if [[ $program == load ]]; then command=(mupip load -stdin) first='^l(1)="1"' second='^l(2)="2"'; else
    command=(gbl) first='set ^l(1)=1' second='set ^l(2)=2'; fi
  begin() {
    on A gbl kill '^l'
    at_work "${command[@]}"
    [[ $program == load ]] && printf 'signals to a load\n28-NOV-2026  10:00:00 ZWR\n' >&9
    echo "$first" >&9
    # The input is read ahead of its use as far as it has come; what is wanted is a program that waits for more.
    within "$DEADLINE_S" "$program waits for its input" grep -qE 'pipe|poll' "/proc/$JOB/wchan" "/proc/$JOB/stack"
  }
  step "$program takes no notice of ${IGNORED[*]}, and stops and goes on by TSTP and CONT"
  begin
  for name in "${IGNORED[@]}"; do kill -"$name" $JOB; done
  kill -TSTP $JOB
  kill -CONT $JOB
  echo "$second" >&9
  exec 9>&-
  ended_with 0
  within "$DEADLINE_S" "both are there" loaded '^l(2)' 2
  for name in TERM INT; do
    step "$name ends $program"
    begin
    kill -$name $JOB
    if [[ $program == gbl && $name == INT ]]; then
      exec 9>&-
      wait $JOB || true
      continue
    fi
    ended_with 241
    exec 9>&-
    grep -q '%GTM-F-FORCEDHALT, Image HALTed by MUPIP STOP' "$WORKING" || fail "no FORCEDHALT: $(cat "$WORKING")"
    [[ $program == gbl ]] || grep -q '%GTM-I-LOADRECCNT, Last EXTRACT record' "$WORKING" || fail "how far? $(cat "$WORKING")"
  done
done
on A gbl set '^after' 1

step "standard streams that are closed, in all combinations"
instance C
(
environment_of C
cd "$FOLDER/C" || fail "cd"
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
  eval "mupip replicate -source -start -passive -instsecondary=D -rootprimary -log=$FOLDER/C/source-D.log $closed" ||
    fail "start with $closed: status $?"
  server=$(source_pid C D)
  [[ -n $server ]] || fail "no server after $closed"
  eval "mupip replicate -receiver -start -listenport=0 $closed" && fail "a port of 0 is taken, $closed"
  eval "gbl set '^c' 1 $closed" || fail "gbl with $closed: status $?"
  rm -f "$FOLDER/C/extracted"
  eval "mupip extract $FOLDER/C/extracted $closed" || fail "extract with $closed: status $?"
  grep -q '^^c="1"' "$FOLDER/C/extracted" || fail "extract with $closed is not whole"
  eval "mupip replicate -source -shutdown -timeout=0 -instsecondary=D $closed"
  within "$DEADLINE_S" "the server has ended, $closed" gone "$server"
done
) || exit 1
