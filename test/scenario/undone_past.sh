# shellcheck shell=bash
# After a rollback the same seqnos are given again. A backup that holds what was taken out goes neither with an incremental backup
# nor with journals of the time after; one from before it does, with both.
only_headwater "it restores copies of our databases"
instance A
root A
standby A B

# restored NAME: R from that backup of A.
restored() {
  rm -rf "${FOLDER:?}/R"
  mkdir "$FOLDER/R"
  global_directory R
  cp --sparse=always "$FOLDER/$1"/*.dat "$FOLDER/R/"
}
increments() { # increments STATUS TEXT NAME: onto R, region by region.
  local file
  for file in gtm x; do
    expect_message R "$1" "$2" mupip restore "$FOLDER/R/$file.dat" "$FOLDER/$3/$file.dat"
  done
}
as_a_is() { [[ $(digest R) == "$(digest A)" ]] || fail "R is not what A is"; }

# secondary NAME: B from that backup of A, fed by A.
secondary() {
  if [[ -d $FOLDER/B ]]; then
    take_down B
    rm -r "${FOLDER:?}/B"
  fi
  mkdir "$FOLDER/B"
  global_directory B
  cp --sparse=always "$FOLDER/$1"/*.dat "$FOLDER/B/"
  on B mupip set -replication=on -journal=enable,on,before_images -region '*'
  on B mupip replicate -instance_create -name=B
  [[ " ${INSTANCES[*]} " == *" B "* ]] || note_instance B
  standby B A
}

mkdir "$FOLDER"/{old,undone,before,after,full,last}
update A 10
on A mupip backup -replinstance="$FOLDER/old" '*' "$FOLDER/old"
update A 10
on A mupip backup -replinstance="$FOLDER/undone" '*' "$FOLDER/undone"
update A 10
on A mupip backup -bytestream -since=bytestream '*' "$FOLDER/before"

step "A goes back to 16, and the same seqnos are given again, to transactions as long as those before"
take_down A
# Killed when one region is decided: the next one finishes it in the other.
rollback=(mupip journal -rollback -backward -resync=16 -losttrans="$FOLDER/lost.glo" '*')
attempt A env HW_FAIL=RollbackDecided:kill:1 "${rollback[@]}"
[[ $STATUS -eq 137 ]] || fail "status $STATUS"
on A "${rollback[@]}"
said "Journal seqno of the instance after rollback is 16 "
standby A B
# shellcheck disable=SC2034
UPDATES[A]=15
update A 14
echo 'set ^a("A",30)="other 30 of A"' | quietly A "${STATEMENTS[@]}" || fail "an update"

step "an increment of the time after: refused by what holds the undone past, taken by what is older" # Shows: breaks.1 9.incremental
for since in database bytestream record; do
  expect_message A 10 "%GTM-E-HWBKUPBASE, Region DEFAULT has no backup that an incremental one could follow: it was rolled back to seqno 16 " \
    mupip backup -bytestream -since=$since '*' "$FOLDER/after"
done
on A mupip backup -bytestream -transaction=B '*' "$FOLDER/after"  # Where the oldest backup ends.
restored undone
increments 194 "%GTM-E-HWUNDONE" after
restored undone
increments 0 "" before
increments 194 "%GTM-E-HWUNDONE" after
restored old
increments 0 "" after
as_a_is

step "journals of the time after: the same" # Shows: breaks.30
journals=("$FOLDER"/A/gtm.mjl* "$FOLDER"/A/x.mjl*)
files=$(IFS=,; echo "${journals[*]}")
redirect="-redirect=$FOLDER/A/gtm.dat=$FOLDER/R/gtm.dat,$FOLDER/A/x.dat=$FOLDER/R/x.dat"
restored undone
expect_message R 130 "%GTM-E-HWUNDONE" mupip journal -recover -forward "$redirect" "$files"
restored old
on R mupip journal -recover -forward "$redirect" "$files"
as_a_is

step "a full backup after it is a beginning as any"
on A mupip backup '*' "$FOLDER/full"
update A 10
on A mupip backup -bytestream -since=database '*' "$FOLDER/last"
restored full
increments 0 "" last
as_a_is
check_everything
power_loss A
as_a_is

step "a secondary from a backup that holds the undone past: its instance file tells" # Shows: breaks.1 6.updateresync
secondary undone
for wrong in "$FOLDER/none" "$FOLDER/A/gtm.dat" gtm.repl; do
  expect_message B 218 "%GTM-E-UPDSYNCINSTFILE, Error with instance file name specified in UPDATERESYNC qualifier" \
    mupip replicate -receiver -start -listenport=1 -log="$FOLDER/B/wrong.log" -updateresync="$wrong"
done
receiver B -updateresync="$FOLDER/undone/gtm.repl"
unfeed A B
feed A B
expect_log B receiver "Searching for desired history in the -updateresync input instance file"
expect_log B receiver "%GTM-E-REPLAHEAD"
expect_gone B receiver
attempt B mupip replicate -receiver -shutdown -timeout=0  # What it has left: the update process and the pool.

step "one from before the rollback goes on"
secondary old
receiver B -updateresync="$FOLDER/old/gtm.repl"
expect_equal A B
update A 10
expect_equal A B
