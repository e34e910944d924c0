# shellcheck shell=bash
# Commands that wait end on TERM and INT, whatever they wait for: a lock whose holder is stopped and is another user's, whom
# nobody may wake; a named pipe without a writer; input that does not come; a backup's reader that does not read.
only_headwater "GT.M waits in other places"
need_users
allow FORCEDHALT # What servers that are ended while they wait leave in their logs.
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
is_writing() { [[ $(cat "/proc/$1/wchan") == *pipe_write* ]]; }
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

step "a server that waits, while it starts, for a lock of a database file"
site_of_users B 664 -replication=on
stops_replicating B # It never comes up.
can gtm B mupip replicate -instance_create -name=B
# hold FILE BYTE: a process that is nobody's of ours has that lock, as KEEPER.
hold() {
  rm -f "$FOLDER/held"
  python3 -c '
import fcntl, sys, time
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX, 1, int(sys.argv[2]))
open(sys.argv[3], "w")
time.sleep(600)' "$1" "$2" "$FOLDER/held" &
  KEEPER=$!
  within "$DEADLINE_S" "the lock is held" test -e "$FOLDER/held"
}
# starting_server: the process that the command JOB has made, and waits for.
starting_server() { pgrep -f -- "-log=$FOLDER/B/source.log" | grep -vx "$JOB"; }
hold "$FOLDER/B/gtm.dat-ctl" 1
for signal in TERM INT; do
  ( environment_of B; cd "$FOLDER/B" || exit 1; umask 002
    PATH=$FOLDER/bin:/usr/bin:/bin exec setpriv --reuid=20001 --regid=30000 --clear-groups mupip replicate -source -start -passive \
      -instsecondary=Z -rootprimary -buffsize=1048576 "-log=$FOLDER/B/source.log" ) >"$FOLDER/waiting" 2>&1 &
  JOB=$!
  within "$DEADLINE_S" "the server starts" starting_server
  sleep 1
  server=$(starting_server)
  kill -0 "$server" 2>/dev/null || fail "the server does not wait: $(cat "$FOLDER/waiting")"
  kill -"$signal" "$server"
  within 15 "the server ends on $signal" gone "$server"
  wait "$JOB"
  status=$?
  [[ $status -eq 241 ]] || fail "status $status of a start that $signal ended: $(cat "$FOLDER/waiting")"
  grep -q '%GTM-F-FORCEDHALT' "$FOLDER/waiting" || fail "no FORCEDHALT on $signal: $(cat "$FOLDER/waiting")"
done
kill "$KEEPER"
wait "$KEEPER" 2>/dev/null
can gtm B mupip integ -region DEFAULT

step "an extract that is ended leaves nothing, whole or in part"
can gtm A sh -c 'seq 1 2000 | awk "{ printf \"set ^e%d=1\\n\", \$1 }" | gbl'
# It says something of each global, into a pipe that nobody reads: so it waits with a part of its work done.
setpriv --reuid=20001 --regid=30000 --clear-groups mkfifo "$FOLDER/A/unread"
declare -A STATUS_OF=([TERM]=241 [INT]=130 [KILL]=137)
for signal in TERM INT KILL; do
  exec 8<>"$FOLDER/A/unread"
  ( environment_of A; cd "$FOLDER/A" || exit 1; umask 002
    PATH=$FOLDER/bin:/usr/bin:/bin exec setpriv --reuid=20001 --regid=30000 --clear-groups \
      env --default-signal=INT mupip extract ended.zwr ) 2>&8 8<&- &
  JOB=$!
  within "$DEADLINE_S" "the extract waits for a reader" is_writing "$JOB"
  [[ ! -e $FOLDER/A/ended.zwr ]] || fail "an extract has its name before it is whole"
  kill -"$signal" "$JOB"
  within 10 "the extract ends on $signal" gone "$JOB"
  wait "$JOB"
  status=$?
  [[ $status -eq ${STATUS_OF[$signal]} ]] || fail "status $status of an extract on $signal"
  left=$(find "$FOLDER/A" -name 'ended*')
  [[ -z $left ]] || fail "left by $signal: $left"
  exec 8>&-
done

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
