# shellcheck shell=bash
# Commands that wait end on TERM and INT, whatever they wait for: a lock whose holder is stopped and is another user's, whom
# nobody may wake; a named pipe without a writer; input that does not come; a backup's reader that does not read.
only_headwater "GT.M waits in other places"
need_users
site_of_users A 664
stops_replicating A # It never was an instance.
can gtm A gbl set '^a' 1

# start USER COMMAND...: at work on A in the background, as JOB; its output in $FOLDER/waiting.
start() {
  local user=$1
  shift
  ( environment_of A; cd "$FOLDER/A" || exit 1; umask 002
    PATH=$FOLDER/bin:/usr/bin:/bin exec setpriv --reuid="$user" --regid=30000 --clear-groups "$@" ) >"$FOLDER/waiting" 2>&1 &
  JOB=$!
}
# ends_on SIGNAL COMMAND...: the command, which runs as JOB, ends by FORCEDHALT.
ends_on() {
  local signal=$1
  shift
  sleep 1
  kill -0 "$JOB" 2>/dev/null || fail "$* does not wait: $(cat "$FOLDER/waiting")"
  kill -"$signal" "$JOB"
  within 10 "$* ends on $signal" gone "$JOB"
  wait "$JOB"
  local status=$?
  [[ $status -eq 241 ]] || fail "$*: status $status on $signal: $(cat "$FOLDER/waiting")"
  [[ $(tail -n 1 "$FOLDER/waiting") == "%GTM-F-FORCEDHALT, Image HALTed by MUPIP STOP" ]] ||
    fail "$*: no FORCEDHALT on $signal: $(cat "$FOLDER/waiting")"
}
left_over() { find "$FOLDER/A" -name '*-unfinished' -o -name 'bk.dat' -o -name 'DEFAULT-*'; }

printf 'x\n28-NOV-2026  10:00:00 ZWR\n^l=1\n' >"$FOLDER/A/load.zwr"
cp "$FOLDER/A/load.zwr" "$FOLDER/st"
echo 'tstart ():(serial:transaction="BATCH") set ^a(7)=7,^x(7)=7 tcommit' >"$FOLDER/st"
chmod 644 "$FOLDER/st" "$FOLDER/A/load.zwr"
is_stopped() { grep -q '^State:.*T' "/proc/$1/status"; }
for point in CommitRecordsNotComplete CommitHalfApplied; do
  step "a holder of another user, stopped at $point"
  ( environment_of A; cd "$FOLDER/A" || exit 1; umask 002
    HW_FAIL=$point:stop PATH=$FOLDER/bin:/usr/bin:/bin exec setpriv --reuid=20003 --regid=30000 --clear-groups gbl <"$FOLDER/st" \
      >"$FOLDER/stopped" 2>&1 ) &
  holder=$!
  within "$DEADLINE_S" "a process stops at $point" is_stopped "$holder"
  for command in "mupip integ -region DEFAULT" "mupip integ -digest -region DEFAULT" "mupip size -region=DEFAULT" \
    "mupip backup -replace DEFAULT bk.dat" "mupip load load.zwr"; do
    for signal in TERM INT; do
      # shellcheck disable=SC2086
      start 20001 $command
      ends_on $signal "$command"
    done
  done
  # These end at once, by the signal itself.
  for command in "mupip extract -stdout" "mupip set -journal=on,before -region DEFAULT" "mupip freeze -on DEFAULT" "gbl set ^b 1"; do
    # shellcheck disable=SC2086
    start 20001 $command
    ends_on TERM "$command"
  done
  [[ -z $(left_over) ]] || fail "left over: $(left_over)"
  kill -CONT "$holder"
  wait "$holder" || fail "the holder ended with status $?: $(cat "$FOLDER/stopped")"
done
can gtm A mupip integ -region DEFAULT
reads gtm A '^x(7)' 7

step "input that does not come"
setpriv --reuid=20001 --regid=30000 --clear-groups mkfifo "$FOLDER/A/never" "$FOLDER/A/silent"
exec 9<>"$FOLDER/A/silent"
for signal in TERM INT; do
  start 20001 mupip load never
  ends_on $signal "load of a named pipe"
  for begun in '' 'x\n28-NOV' 'x\n28-NOV-2026  10:00:00 ZWR\n^l(1)=1\n^l(2)=12'; do
    # shellcheck disable=SC2059
    printf "$begun" >&9
    start 20001 sh -c 'exec mupip load -stdin <silent'
    ends_on $signal "load -stdin behind '$begun'"
  done
  cannot gtm A gbl get '^l(2)'
done
exec 9>&-

step "a backup's reader that does not read, and one that does not end"
can gtm A sh -c 'seq 1 3000 | awk "{ printf \"set ^w(%d)=\\\"%0200d\\\"\\n\", \$1, \$1 }" | gbl'
for reader in '|sleep 30 >/dev/null 2>&1' '|cat >/dev/null; sleep 30' "|trap '' TERM; sleep 30"; do
  for signal in TERM INT; do
    start 20001 mupip backup -nonewjnlfiles DEFAULT "$reader"
    ends_on $signal "backup to $reader"
    [[ -z $(left_over) ]] || fail "left over: $(left_over)"
  done
done
can gtm A mupip backup -nonewjnlfiles DEFAULT '|cat >/dev/null'
can gtm A mupip integ -region DEFAULT
