# shellcheck shell=bash
# A rollback online comes between two steps of a backup or of a refresh. Databases, instance file and what later incremental backups
# begin at are of one moment: what is made of the copies is told by their history that A has gone back, and never holds other data
# than A at the same seqno.
only_headwater "the points at which a process stops are ours"
instance A B
root A
choose_port refresh-A
link A B
update A 40
expect_equal A B
stop_receiver B
receiver B -autorollback
allow REPLAHEAD
mkdir "$FOLDER"/{moment,marks,full,increment}

is_stopped() { [[ -n $1 ]] && grep -q '^State:.*T' "/proc/$1/status"; }

# stopped POINT COMMAND...: a process of A stops there; it has no lock.
stopped() {
  local point=$1
  shift
  ( environment_of A; cd "$FOLDER/A" && HW_FAIL=$point:stop exec "$@" >"$FOLDER/stopped.out" 2>&1 ) &
  STOPPED=$!
  within "$DEADLINE_S" "a process stops at $point" is_stopped "$STOPPED"
}
goes_on() {
  kill -CONT "$STOPPED"
  wait "$STOPPED" || fail "the stopped process ended with status $?: $(cat "$FOLDER/stopped.out")"
  cp "$FOLDER/stopped.out" "$SAID"
}
# back_to SEQNO: A is rolled back, and gives the same seqnos to other transactions, and some more.
back_to() {
  local now
  now=$(seqno A)
  on A mupip journal -rollback -backward -online -resync="$1" -losttrans="$FOLDER/lost-$1.glo" '*'
  update A $((now - $1 + 10))
}

step "rolled back when all is copied, before the copy of the instance file is written"
moment=$(seqno A)
stopped BackupPointLeft mupip backup -replinstance="$FOLDER/moment" '*' "$FOLDER/moment"
back_to 21
goes_on
said "Journal Seqnos up to 0x$(printf '%016X' $((moment + 1))) are backed up"
said "%GTM-W-HWBKUPUNDONE, Region DEFAULT was rolled back while it was backed up"
said "%GTM-W-HWBKUPUNDONE, Region XREG was rolled back while it was backed up"
said "%GTM-I-BACKUPSUCCESS"
on A mupip replicate -editinstance -show "$FOLDER/moment/gtm.repl"
! grep -q "Start Sequence Number *21 " "$SAID" || fail "the instance file is of the time after the rollback"
expect_equal A B

step "an incremental backup has nothing to follow, and says so"
expect_message A 10 "%GTM-E-HWBKUPBASE, Region DEFAULT has no backup that an incremental one could follow: it was rolled back to seqno 21 " \
  mupip backup -bytestream '*' "$FOLDER/increment"
[[ -z $(find "$FOLDER/increment" -type f) ]] || fail "it has written something"

step "a secondary of it is ahead, and is told"
mkdir "$FOLDER/C"
global_directory C
cp --sparse=always "$FOLDER/moment"/*.dat "$FOLDER/C/"
on C mupip set -replication=on -journal=enable,on,before_images -region '*'
on C mupip replicate -instance_create -name=C
note_instance C
standby C A
receiver C -updateresync="$FOLDER/moment/gtm.repl"
feed A C
expect_log C receiver "%GTM-E-REPLAHEAD"
expect_gone C receiver
attempt C mupip replicate -receiver -shutdown -timeout=0  # What it has left: the update process and the pool.
unfeed A C
take_down C

step "rolled back when the copies have their names, before later backups know of them"
stopped BackupPublished mupip backup '*' "$FOLDER/marks"
back_to 31
goes_on
said "%GTM-W-HWBKUPUNDONE, Region DEFAULT was rolled back while it was backed up"
expect_message A 10 "%GTM-E-HWBKUPBASE" mupip backup -bytestream '*' "$FOLDER/increment"
on A mupip backup '*' "$FOLDER/full"
update A 10
on A mupip backup -bytestream '*' "$FOLDER/increment"
expect_equal A B
check_everything

step "a region with nothing to undo: its copy does not take what came after the rollback either"
rm "$FOLDER"/{full,increment}/*
awk 'BEGIN { for (i = 0; i < 30; i++) printf "set ^a(\"only\",%d)=%d\n", i, i }' | quietly A "${STATEMENTS[@]}" || fail "updates"
on A mupip backup '*' "$FOLDER/full"
on A mupip journal -rollback -backward -online -resync=$(($(seqno A) - 20)) -losttrans="$FOLDER/lost-only.glo" '*'
awk 'BEGIN { for (i = 0; i < 10; i++) printf "set ^x(\"only\",%d)=%d\n", i, i }' | quietly A "${STATEMENTS[@]}" || fail "updates"
update A 30
expect_message A 10 "%GTM-E-HWBKUPBASE, Region XREG" mupip backup -bytestream XREG "$FOLDER/increment/x.dat"
on A mupip backup -bytestream -transaction=1 XREG "$FOLDER/increment/x.dat"
mkdir "$FOLDER/R"
global_directory R
cp --sparse=always "$FOLDER/full"/*.dat "$FOLDER/R/"
expect_message R 194 "%GTM-E-HWUNDONE" mupip restore "$FOLDER/R/x.dat" "$FOLDER/increment/x.dat"
expect_equal A B

step "a refresh: the sender is stopped when all is copied"
unfeed A B
HW_FAIL=BackupPointLeft:stop feed A B -refreshport="${PORT[refresh-A]}"
mkdir "$FOLDER/D"
global_directory D
note_instance D
choose_port D
( quietly D mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}" -name=D -listenport="${PORT[D]}" \
    -log="$FOLDER/D/receiver.log" -buffsize="$POOL_BYTES" >"$FOLDER/refreshed.out" 2>&1 ) &
refreshing=$!
sender() {
  local one
  for one in $(processes_of A); do
    if tr '\0' ' ' <"/proc/$one/cmdline" 2>/dev/null | grep -q -- "-refreshsend"; then echo "$one"; fi
  done
}
sender_is_stopped() { is_stopped "$(sender)"; }
within "$DEADLINE_S" "the sender stops" sender_is_stopped
back_to $(($(seqno A) - 20))
kill -CONT "$(sender)"
wait "$refreshing" || fail "the refresh: $(cat "$FOLDER/refreshed.out")"
note_source D A passive
feed A D
expect_log D receiver "%GTM-E-REPLAHEAD"
expect_gone D receiver
attempt D mupip replicate -receiver -shutdown -timeout=0
take_down D

step "refreshed again, with nothing in between, it follows"
unfeed A D
unfeed A B
feed A B -refreshport="${PORT[refresh-A]}"
on D mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}" -listenport="${PORT[D]}" -log="$FOLDER/D/receiver.log" \
  -buffsize="$POOL_BYTES"
note_source D A passive
feed A D
expect_equal A B D

step "the first backup takes A's place: what B would need is in no journal of it, which is said; refreshed, B follows"
unfeed A D
take_down D
take_down A
mkdir "$FOLDER/A/former"
mv "$FOLDER"/A/gtm.dat* "$FOLDER"/A/x.dat* "$FOLDER"/A/*.mjl* "$FOLDER"/A/gtm.repl "$FOLDER/A/former/"
forget_recording A
cp --sparse=always "$FOLDER/moment"/*.dat "$FOLDER/moment/gtm.repl" "$FOLDER/A/"
on A mupip set -replication=on -journal=enable,on,before_images -region '*'
feed A B
update A 5
expect_log A source-B "Sequence number 21 [0x0000000000000015] is needed: no journal file has it"
allow NOPREVLINK
expect_gone A source B
take_down B
feed A B -refreshport="${PORT[refresh-A]}"
on B mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}" -listenport="${PORT[B]}" -log="$FOLDER/B/receiver.log" \
  -buffsize="$POOL_BYTES"
note_source B A passive
expect_equal A B
check_everything
