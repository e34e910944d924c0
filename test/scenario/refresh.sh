# shellcheck shell=bash
# mupip replicate -refresh: a secondary becomes a copy of another instance over the network, while that one goes on. It may be broken
# off anywhere, at either end, and is then run again.
only_headwater "GT.M has no such command"
peer=$HARNESS/../programs/bad_peer.py
asker=$HARNESS/../programs/refresh_peer.py
golden=$ROOT_OF_TREE/test/golden/refresh_version1.bin

# refresh SITE FROM [qualifiers]: runs the command at SITE; what it says and its status are those of attempt.
refresh() {
  local site=$1 from=$2
  shift 2
  [[ -n ${PORT[$site]:-} ]] || choose_port "$site"
  attempt "$site" mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-$from]}" -listenport="${PORT[$site]}" \
    -log="$FOLDER/$site/receiver.log" -buffsize="$POOL_BYTES" "$@"
}
# refreshed SITE FROM [qualifiers]: the same, which must work, and leaves nothing.
refreshed() {
  refresh "$@"
  [[ $STATUS -eq 0 ]] || fail "status $STATUS of the refresh of $1: $(cat "$SAID")"
  note_source "$1" "$2" passive
  local left
  left=$(find "$FOLDER/$1" "$FOLDER/$2" -name '*-unfinished' -o -name '*-peer' -o -name '*-replaced' -o -name 'unnamed-*')
  [[ -z $left ]] || fail "left behind: $left"
}
# refused TEXT: the last refresh was, with these words, and B is what it was.
refused() {
  [[ $STATUS -ne 0 && $STATUS -ne 137 ]] || fail "status $STATUS, not refused: $(cat "$SAID")"
  said "$1"
  [[ $(files_of_b) == "$BEFORE" ]] || fail "B has changed"
}
files_of_b() { (cd "$FOLDER/B" && md5sum gtm.dat x.dat gtm.repl gtm.mjl x.mjl; ls -- *.repl* *.dat *.mjl*); }

# ask_only FROM: an instance that asks and then takes nothing; ASKER is its process.
ask_only() {
  rm -f "$FOLDER/asker.out"
  python3 "$asker" "${PORT[refresh-$1]}" "$golden" >"$FOLDER/asker.out" 2>&1 &
  ASKER=$!
  within "$DEADLINE_S" "it has asked" grep -q waits "$FOLDER/asker.out"
  ASKERS+=("$ASKER")
}
end_askers() {
  local one
  for one in "${ASKERS[@]}"; do kill "$one" 2>/dev/null && wait "$one" 2>/dev/null; done
  ASKERS=()
}
ASKERS=()
senders() {
  local one count=0
  for one in $(processes_of A); do
    if tr '\0' ' ' <"/proc/$one/cmdline" 2>/dev/null | grep -q -- "-refreshsend"; then count=$((count + 1)); fi
  done
  echo "$count"
}
senders_are() { [[ $(senders) -eq $1 ]]; }

# feed_b: A's source server to B, with a port for refreshes.
feed_b() { feed A B -refreshport="${PORT[refresh-A]}"; }

instance A C
mkdir "$FOLDER/B"
global_directory B
root A
choose_port refresh-A
choose_port refresh-C
choose_port B
on C mupip replicate -source -start -passive -instsecondary=A -log="$FOLDER/C/source-A.log" -buffsize="$POOL_BYTES" \
  -propagateprimary -refreshport="${PORT[refresh-C]}"
note_source C A passive
receiver C
feed_b
feed A C
awk 'BEGIN { srand(1); for (i = 0; i < 1500; i++) { v = ""; while (length(v) < 2500) v = v rand(); printf "set ^fill(%d)=\"%s\"\n", i, v } }' |
  quietly A gbl run - || fail "no data"

step "a new site, from the root primary, which takes updates meanwhile" # Shows: 6.refresh
application A
within "$DEADLINE_S" "A takes updates" past_seqno A 1600
refresh B A
[[ $STATUS -ne 0 ]] || fail "an instance without a name was made"
said "%GTM-E-REPLINSTNMUNDEF"
note_instance B
refreshed B A -name=B
said "%GTM-I-HWREFRESHFROM, Instance A sends 2 regions at seqno"
said "%GTM-I-HWREFRESHREGION, Region XREG received"
said "%GTM-I-HWREFRESHED, Instance B is a copy of instance A at seqno"
expect_log A source-B "Refresh: instance B has taken all of it"
now=$(seqno A)
within "$DEADLINE_S" "A goes on" past_seqno A "$now"
stop_application A
expect_equal A B C
check_everything
power_loss B
expect_equal A B C

step "what is refused changes nothing" # Shows: 6.refresh.refused
BEFORE=$(files_of_b)
refresh B A
[[ $STATUS -ne 0 ]] || fail "a running instance was refreshed"
said "%GTM-E-REPLCOMM"
said "Local Port : $(port B)"
attempt B mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
[[ $STATUS -ne 0 ]] || fail "a running instance was refreshed"
said "%GTM-E-HWREFRESHUSE, Instance cannot be refreshed while the journal pool of @/B/gtm.repl is in use"
take_down B
background B gbl run - < <(
  echo 'write ^fill(1),!'
  until [[ -e $FOLDER/B/stop ]]; do read -rt 0.02 <> <(:) || true; done
)
within "$DEADLINE_S" "somebody reads" grep -q "$FOLDER/B/gtm.dat$" "/proc/$(cat "$FOLDER/B/application.pid")/maps"
BEFORE=$(files_of_b)
refresh B A
refused "%GTM-E-HWREFRESHUSE, Instance cannot be refreshed while @/B/gtm.dat is in use"
touch "$FOLDER/B/stop"
wait "$JOB" || fail "the reader: $(cat "$FOLDER/B/application.out")"
refresh B A -name=A
refused "%GTM-E-REPLINSTNMSAME, Primary and Secondary instances have the same replication instance name A"
refresh B A -name=LONGERTHAN15BYTES
refused "%GTM-E-REPLINSTNMLEN"
cp "$FOLDER/B/gtm.gld" "$FOLDER/B/other.gld"
printf '%s\n' 'add -name n* -region=NEWREG' 'add -region NEWREG -dyn=NEWSEG' 'add -segment NEWSEG -file=new.dat' exit |
  quietly B env gtmgbldir="$FOLDER/B/other.gld" gde >"$SAID" 2>&1 || fail "gde: $(cat "$SAID")"
attempt B env gtmgbldir="$FOLDER/B/other.gld" mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
refused "%GTM-E-HWREFRESHREGIONS, Instance A cannot be copied here: region NEWREG is not in that instance's global directory"
attempt B env -u gtm_repl_instance mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
refused "%GTM-E-REPLINSTUNDEF"
attempt B env -u gtmgbldir mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
refused "%GTM-E-ZGBLDIRACC"
attempt C mupip replicate -source -start -passive -instsecondary=D -log="$FOLDER/C/source-D.log" -refreshport="${PORT[refresh-A]}"
[[ $STATUS -ne 0 ]] || fail "two source servers have one refresh port"
said "Could not bind local address. Local Port : ${PORT[refresh-A]}"
allow REPLCOMM
expect_message C 138 "%GTM-E-REPLINSTSECNONE" mupip replicate -source -checkhealth -instsecondary=D

step "somebody else answers, or nobody" # Shows: 6.refresh.refused
choose_port other
for what in http nothing cut; do
  rm -f "$FOLDER/peer.out"
  python3 "$peer" listen "${PORT[other]}" "$what" >"$FOLDER/peer.out" 2>&1 &
  other=$!
  within "$DEADLINE_S" "the other listens" grep -q listens "$FOLDER/peer.out"
  attempt B mupip replicate -refresh -from=127.0.0.1:"${PORT[other]}" -timeout=1
  case $what in
    http) refused "%GTM-E-HWREFRESHPEER, Refresh from 127.0.0.1:${PORT[other]}: message is not of this protocol" ;;
    nothing) refused "the other side says nothing" ;;
    cut) refused "the connection was lost" ;;
  esac
  kill "$other"
  wait "$other" 2>/dev/null
done
attempt B mupip replicate -refresh -from=127.0.0.1:"${PORT[other]}"
refused "Connection refused"
timeout 60 python3 "$peer" connect "${PORT[refresh-A]}" http || fail "A holds the connection"
expect_log A source-B "%GTM-E-HWREFRESHPEER"

step "told to stop while it waits, it has replaced nothing" # Shows: 6.refresh.again
rm -f "$FOLDER/peer.out"
python3 "$peer" listen "${PORT[other]}" nothing >"$FOLDER/peer.out" 2>&1 &
other=$!
within "$DEADLINE_S" "the other listens" grep -q listens "$FOLDER/peer.out"
background B mupip replicate -refresh -from=127.0.0.1:"${PORT[other]}"
waiting=$(cat "$FOLDER/B/application.pid")
hears_signals() { find "/proc/$waiting/fd" -lname '*signalfd*' | grep -q .; }
within "$DEADLINE_S" "it waits" hears_signals
kill -TERM "$waiting"
wait "$JOB"
STATUS=$?
cp "$FOLDER/B/application.out" "$SAID"
refused "%GTM-E-HWINTERRUPTED, Refresh interrupted; nothing has been replaced"
kill "$other"
wait "$other" 2>/dev/null

step "no room" # Shows: 6.refresh.refused
if own_space && mkdir "$FOLDER/small" && mount -t tmpfs -o size=3m scenario "$FOLDER/small" 2>/dev/null; then
  cp "$FOLDER/B/gtm.gld" "$FOLDER/B/small.gld"
  printf '%s\n' "change -segment DEFAULT -file=$FOLDER/small/gtm.dat" exit |
    quietly B env gtmgbldir="$FOLDER/B/small.gld" gde >"$SAID" 2>&1 || fail "gde: $(cat "$SAID")"
  attempt B env gtmgbldir="$FOLDER/B/small.gld" mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
  refused "%GTM-E-HWREFRESHROOM, @/small has "
  umount -l "$FOLDER/small"
else
  echo "not shown: no file system can be mounted here"
fi
attempt B env LD_PRELOAD="$HW_FAILING" HW_FAILING_CALL=pwrite:x.dat-unfinished:28 \
  mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
refused "No space left on device"
said "@/B/x.dat-unfinished"

step "from another secondary" # Shows: 6.refresh
refreshed B C
update A 10 # B is equal from the start; with these it has been reached, and has a history (docs/runbook/secondary-refreshed.md).
expect_equal A B C
check_everything
power_loss B
expect_equal A B C

step "broken off, and run again" # Shows: 6.refresh.again
for point in RefreshReceived RefreshInstanceAside RefreshReplaced RefreshReplaced:2 RefreshJournaled RefreshNotStarted; do
  take_down B
  name=${point%%:*}
  nth=${point#"$name"}
  refresh_again=(env HW_FAIL="$name:kill$nth" mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}"
    -listenport="$(port B)" -log="$FOLDER/B/receiver.log" -buffsize="$POOL_BYTES")
  attempt B "${refresh_again[@]}"
  [[ $STATUS -eq 137 ]] || fail "status $STATUS, not killed at $point: $(cat "$SAID")"
  case $name in
    RefreshInstanceAside | RefreshReplaced | RefreshJournaled)
      expect_message B 194 "%GTM-E-FILENOTFND, File @/B/gtm.repl not found" mupip replicate -source -start -passive \
        -instsecondary=A -log="$FOLDER/B/never.log"
      ;;
  esac
  update A 10
  refreshed B A
  [[ $name != RefreshNotStarted ]] || said "%GTM-I-HWREFRESHREST, Instance B is refreshed already"
  expect_equal A B
  check_everything
done

step "without a port nothing receives, and what is to be typed is said"
take_down B
on B mupip replicate -refresh -from=localhost:"${PORT[refresh-A]}" -buffsize="$POOL_BYTES"
note_source B A passive
next=$(sed -n 's/.*Receiver server is not started; start it by: //p' "$SAID")
next=${next/PORT/$(port B)}
[[ $next == "mupip replicate -receiver"* ]] || fail "nothing is said: $(cat "$SAID")"
# shellcheck disable=SC2086
on B ${next/FILE/$FOLDER/B/receiver.log}
expect_equal A B

step "the sending side dies in the middle" # Shows: 6.refresh.again
take_down B
rm "$FOLDER/B/gtm.repl-peer"
unfeed A B
HW_FAIL=RefreshPieceSent:kill:3 feed_b
BEFORE=$(files_of_b)
refresh B A
refused "the connection was lost"
expect_log A source-B "was killed by signal 9"
unfeed A B
feed_b

step "no more than four at once; they end with their source server, and do not hold it" # Shows: 6.refresh.bounded
for _ in 1 2 3 4; do ask_only A; done
within "$DEADLINE_S" "four are served" senders_are 4
refresh B A
refused "too many instances are being refreshed from here"
kill9 A source B
within "$DEADLINE_S" "the senders have ended" senders_are 0
end_askers
feed_b
ask_only A
within "$DEADLINE_S" "one is served" senders_are 1
unfeed A B
senders_are 0 || fail "a sender has outlived its source server"
end_askers
feed_b
refreshed B A
expect_equal A B C

step "a former root primary keeps what only it has, unless it is given up" # Shows: 6.refresh.lost
take_down B
unfeed A C
update A 7
take_down A
root B
choose_port A
choose_port refresh-B
feed B A -refreshport="${PORT[refresh-B]}"
echo 'set ^new=1' | quietly B gbl run - || fail "B takes no updates"
refresh A B
[[ $STATUS -ne 0 ]] || fail "A has thrown transactions away"
said "%GTM-E-HWREFRESHLOST, Instance A may hold transactions that instance B does not: of seqnos "
refreshed A B -discard
said "%GTM-W-HWREFRESHDISCARD, Instance A gives up what instance B may not hold: of seqnos "
expect_equal B A
expect_log B source-A "Refresh: instance A has taken all of it"
check_everything
power_loss A
expect_equal B A
