# shellcheck shell=bash
# mupip integ finds nothing after any administrative action, with a region that is idle and one that was never updated; nor after a
# power loss that follows it, which loses nothing.
only_headwater "the power loss is staged"

# sound: integ of A finds nothing.
sound() {
  on A mupip integ -region '*'
  said_times 3 "No errors detected by integ."
}

# busy N: N updates in one region.
COUNT=0
busy() {
  local i
  for ((i = 0; i < $1; ++i)); do echo "set ^abusy($((COUNT += 1)))=$COUNT"; done >"$FOLDER/statements"
  quietly A "${STATEMENTS[@]}" <"$FOLDER/statements" || fail "updates of A"
}

start() {
  standby A B
  [[ -z ${REPLICATES:-} ]] || busy 1
}

# survives: the machine of A stops, and A has afterwards what it had, and is sound at each step.
BOOT=0
survives() {
  local wanted
  sound
  wanted=$(digest A)
  crash A
  export HW_BOOT_ID=boot-$((BOOT += 1))
  on A mupip rundown -region '*'
  sound
  [[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
  if [[ -n ${REPLICATES:-} ]]; then
    on A mupip journal -rollback -backward '*'
    sound
    [[ $(digest A) == "$wanted" ]] || fail "A lost in a rollback what it had"
  fi
  unset HW_BOOT_ID
}

instance A
edit_global_directory A >"$SAID" 2>&1 <<GDE || fail "gde: $(cat "$SAID")"
add -name never* -region=NEVER
add -region NEVER -dyn=NEVERSEG -rec=4000 -key=255
add -segment NEVERSEG -file="$FOLDER/A/never.dat" -alloc=200
exit
GDE
attempt A mupip create
on A mupip set -replication=on -journal=enable,on,before_images -region NEVER
root A
REPLICATES=yes
standby A B
update A 30
busy 60

step "a new journal file"
on A mupip set -journal=enable,on,before_images -region '*'
busy 5
survives

step "sizes of the journal are changed"
start
on A mupip set -journal=enable,on,before_images,extension=4096 -region '*'
survives
start
take_down A

step "frozen and thawed, extended"
start
on A mupip freeze -on '*'
sound
on A mupip freeze -off '*'
on A mupip extend DEFAULT -blocks=500
busy 5
survives

step "backed up"
start
mkdir "$FOLDER/copies"
on A mupip backup '*' "$FOLDER/copies"
busy 5
survives

step "a rollback with nothing to take out"
on A mupip journal -rollback -backward -resync=1000 '*'
sound
start
survives

step "a rollback that takes out what only one region has"
start
busy 20
at=$(seqno A)
take_down A
sound
on A mupip journal -rollback -backward -resync=$((at - 10)) -losttrans="$FOLDER/lost.glo" '*'
said "Journal seqno of the instance after rollback is $((at - 10))"
sound
standby A B
sound
survives
start
busy 5
survives

step "a rollback to where the last transaction of every other region is far"
start
busy 30
at=$(seqno A)
on A mupip journal -rollback -backward -online -resync=$((at - 3)) -losttrans="$FOLDER/lost-online.glo" '*'
sound
survives
start
busy 3
at=$(seqno A)
on A mupip journal -rollback -backward -online -resync=$((at - 2)) -losttrans="$FOLDER/lost-online-2.glo" '*'
busy 4
survives

step "lost transactions are dealt with"
start
on A mupip replicate -source -losttncomplete
survives

step "the file is written anew"
on A mupip reorg -region='*'
sound
start
take_down A
sound
survives

step "without replication: journaling off and on, back to a time"
unset REPLICATES
on A mupip set -replication=off -journal=off -region '*'
sound
on A mupip set -journal=on,before_images -region '*'
sound
busy 10
survives
time=$(LC_ALL=C date '+%d-%b-%Y %H:%M:%S')
behind() { [[ $(date '+%s') -gt $(date -d "$1" '+%s') ]]; }
within 10 "the next second" behind "$time"
busy 10
on A mupip journal -recover -backward -before="\"$time\"" '*'
sound
survives
busy 3
survives

step "and replicated again: with an instance file that does not know the past"
on A mupip set -replication=on -region '*'
on A mupip replicate -instance_create -name=A
on A mupip integ -region '*'
