# shellcheck shell=bash
# The instance file knows how far each region had come when the instance was last at rest. A start or a rollback with one region's
# files of an earlier time, or without a region, is refused, however long ago its last update was; and whatever an administrator
# may do goes on.
only_headwater "GT.M counts no regions"

# refuses TEXT [COMMAND...]: neither start nor rollback, in which nothing changes.
refuses() {
  all_refused A "$1" "mupip journal -rollback -backward *" \
    "mupip replicate -source -start -passive -instsecondary=B -log=$FOLDER/A/no.log -rootprimary" "${@:2}"
}
again() {
  restore A
  save A
}
# change: one update of each region that is here.
change() {
  local at=$((CHANGES += 1)) line="set ^a(\"change\",$((CHANGES)))=1"
  ! [[ $(quietly A gde show -map 2>&1) == *XREG* ]] || line+=$'\n'"set ^x(\"change\",$at)=1"
  echo "$line" | quietly A gbl run - >"$SAID" 2>&1 || fail "$(cat "$SAID")"
}
CHANGES=0
# goes_on: A starts and comes to rest, twice, and a rollback finds nothing to do.
goes_on() {
  for _ in 1 2; do
    standby A B
    change
    take_down A
  done
  on A mupip integ -region '*'
  on A mupip journal -rollback -backward '*'
}
# files_to FOLDER, files_from FOLDER: the files of XREG, as they are.
files_to() { cp -a --sparse=always "$FOLDER"/A/x.* "$1/"; }
files_from() {
  rm -f "$FOLDER"/A/x.*
  cp -a --sparse=always "$1"/x.* "$FOLDER/A/"
}
# seqno_at_rest: of A, which is down.
seqno_at_rest() { quietly A mupip replicate -editinstance -show gtm.repl 2>&1 | sed -n 's/^HDR Journal Sequence Number *\([0-9]*\) .*/\1/p'; }
# gde_does <<COMMANDS
gde_does() { { cat; echo exit; } | edit_global_directory A >"$SAID" 2>&1 || fail "$(cat "$SAID")"; }
region_leaves() {
  gde_does <<'GDE'
delete -name x*
delete -name X*
delete -region XREG
delete -segment XSEG
GDE
}

instance A
root A
standby A B
update A 60
take_down A
mkdir "$FOLDER/early" "$FOLDER/newest" "$FOLDER/backup"
files_to "$FOLDER/early"
standby A B
update A 60
# None of the last 10,000 transactions has a part in XREG.
for ((i = 1; i <= 10100; ++i)); do echo "set ^a(\"many\",$i)=$i"; done | quietly A gbl run - || fail "updates"
wanted=$(digest A)
take_down A
files_to "$FOLDER/newest"
save A

step "one region's files are of an earlier time"
files_from "$FOLDER/early"
refuses "%GTM-E-HWEARLIER, Region XREG is at seqno 61, and had reached 12[01] " "mupip journal -rollback -backward -resync=100 *"
attempt A mupip integ -region '*'
[[ $STATUS -ne 0 ]] || fail "integ finds nothing"
said "%GTM-E-HWEARLIER, Region XREG"

step "with the newest ones back it starts"
files_from "$FOLDER/newest"
standby A B
[[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
take_down A
goes_on

step "or all regions go back to where it is"
again
files_from "$FOLDER/early"
on A mupip journal -rollback -backward -resync=61 -losttrans="$FOLDER/lost.glo" '*'
standby A B
[[ $(seqno A) -eq 60 ]] || fail "seqno $(seqno A)"
take_down A
goes_on

step "or it is taken as it is"
again
files_from "$FOLDER/early"
on A mupip replicate -editinstance -forgetregion=XREG gtm.repl
said "HDR Region XREG forgotten, its next seqno was 12"
goes_on

step "a region is not here: the global directory does not name it"
again
region_leaves
refuses "%GTM-E-(HWSTRAYED, Region XREG of replication instance file .*/A/gtm.repl is not here|HWREGIONSMISSED)"
expect_log A no "%GTM-E-HWSTRAYED, Region XREG"

step "it is gone by intent"
forget="mupip replicate -editinstance -forgetregion"
expect_message A 250 "Error: The instance file knows no region YREG" $forget=YREG gtm.repl
on A $forget=xreg gtm.repl
on A mupip set -journal=enable,on,before_images -noprevjnlfile -region DEFAULT
goes_on

step "the region's files are gone"
again
rm "$FOLDER"/A/x.*
attempt A mupip replicate -source -start -passive -instsecondary=B -log="$FOLDER/A/no.log" -rootprimary
[[ $STATUS -ne 0 ]] || fail "it starts"
said "%GTM-E-HWSTRAYED, Region XREG"
files_from "$FOLDER/newest"
goes_on

step "while the instance is up no region is forgotten"
standby A B
attempt A $forget=XREG gtm.repl
[[ $STATUS -ne 0 ]] || fail "it was forgotten"
said "%GTM-E-REPLINSTSTNDALN"
take_down A

step "after a crash the rollback compares, too"
again
standby A B
change
crash A
files_from "$FOLDER/early"
attempt A mupip journal -rollback -backward '*'
[[ $STATUS -ne 0 ]] || fail "it was rolled back"
grep -qE "HWEARLIER|HWSEQNOGAP" "$SAID" || fail "$(cat "$SAID")"
again
standby A B
change
crash A
on A mupip journal -rollback -backward '*'
goes_on

step "power losses"
standby A B
change
power_loss A
take_down A
goes_on

step "rollbacks"
to=$(($(seqno_at_rest) - 3))
on A mupip journal -rollback -backward -resync=$to -losttrans="$FOLDER/lost.glo" '*'
goes_on
standby A B
on A mupip journal -rollback -backward -online -resync=$to -losttrans="$FOLDER/lost2.glo" '*'
change
crash A
on A mupip journal -rollback -backward '*'
goes_on

step "the rollback dies before it has come to its end"
to=$(($(seqno_at_rest) - 2))
for place in RollbackUndone RollbackNotDecided RollbackDecided RollbackCut; do
  attempt A env HW_FAIL=$place:kill mupip journal -rollback -backward -resync=$to -losttrans="$FOLDER/$place.glo" '*'
  [[ $STATUS -eq 137 ]] || fail "$place was not passed: $STATUS"
  on A mupip journal -rollback -backward '*'
  goes_on
done

step "a region gets another name and another place"
again
gde_does <<GDE
add -region ZREG -dyn=ZSEG -rec=4000 -key=255
add -segment ZSEG -file="$FOLDER/A/moved/x.dat" -alloc=200
change -name x* -region=ZREG
change -name X* -region=ZREG
delete -region XREG
delete -segment XSEG
GDE
mkdir "$FOLDER/A/moved"
mv "$FOLDER"/A/x.dat* "$FOLDER/A/moved/"
standby A B
[[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
take_down A
change_of_all() { echo 'set ^a("z")=1,^x("z")=1' | quietly A gbl run - || fail "update"; }
standby A B
change_of_all
take_down A
on A mupip journal -rollback -backward '*'

step "journaling and replication off, and on again"
again
on A mupip set -replication=off -region '*'
on A mupip set -journal=disable -region '*'
echo 'set ^a("off")=1,^x("off")=1' | quietly A gbl run - || fail "update"
on A mupip set -replication=on -journal=enable,on,before_images -region '*'
on A mupip replicate -instance_create -name=A
goes_on

step "a region that does not replicate any more is no harm, and none when it does again"
again
on A mupip set -replication=off -region XREG
on A mupip set -journal=disable -region XREG
standby A B
take_down A
on A mupip set -replication=on -journal=enable,on,before_images -region XREG
goes_on

step "a region joins while the instance is up"
again
standby A B
gde_does <<GDE
add -name n* -region=NREG
add -region NREG -dyn=NSEG -rec=4000 -key=255
add -segment NSEG -file="$FOLDER/A/n.dat" -alloc=200
GDE
on A mupip create -region=NREG
on A mupip set -replication=on -journal=enable,on,before_images -region NREG
echo 'set ^n(1)=1' | quietly A gbl run - || fail "update"
take_down A
goes_on

step "a shutdown through another global directory: its regions are none of the instance's"
again
standby A B
cp "$FOLDER/A/gtm.gld" "$FOLDER/A/second.gld"
{
  printf '%s\n' 'add -name n* -region=NREG' 'add -region NREG -dyn=NSEG -rec=4000 -key=255'
  printf 'add -segment NSEG -file="%s" -alloc=200\nexit\n' "$FOLDER/A/new.dat"
} | quietly A env gtmgbldir="$FOLDER/A/second.gld" gde >"$SAID" 2>&1 || fail "$(cat "$SAID")"
on A env gtmgbldir="$FOLDER/A/second.gld" mupip create -region=NREG
on A env gtmgbldir="$FOLDER/A/second.gld" mupip set -replication=on -journal=enable,on,before_images -region NREG
on A env gtmgbldir="$FOLDER/A/second.gld" mupip replicate -source -shutdown -timeout=0
on A env gtmgbldir="$FOLDER/A/second.gld" mupip journal -rollback -backward '*'
goes_on
rm "$FOLDER"/A/new.*

step "a seqno that was given with dse, higher and lower"
again
for seqno in 4E20 2; do
  printf 'find -region=XREG\nchange -fileheader -reg_seqno=%s\n' $seqno | quietly A dse >"$SAID" 2>&1 || fail "$(cat "$SAID")"
  on A mupip replicate -instance_create -name=A
  standby A B
  take_down A
done

step "one that is lower, without a new instance file"
again
printf 'find -region=XREG\nchange -fileheader -reg_seqno=2\n' | quietly A dse >"$SAID" 2>&1 || fail "$(cat "$SAID")"
standby A B
take_down A

step "new journals, and journals elsewhere"
again
on A mupip set -journal=enable,on,before_images -region '*'
on A mupip set -journal=enable,on,before_images -noprevjnlfile -region XREG
goes_on
on A mupip set -journal=enable,on,before_images,file="$FOLDER/A/other.mjl" -region XREG
goes_on

step "restored from a backup with its instance file, taken while it was up"
again
standby A B
on A mupip backup -replinstance="$FOLDER/backup" '*' "$FOLDER/backup"
change
take_down A
rm -f "$FOLDER"/A/{gtm,x}.{dat,mjl}* "$FOLDER"/A/gtm.repl*
cp "$FOLDER"/backup/*.dat "$FOLDER/backup/gtm.repl" "$FOLDER/A/"
on A mupip set -replication=on -journal=enable,on,before_images -region '*'
goes_on

step "and taken when it was down, and restored again and again"
rm -rf "$FOLDER/backup" && mkdir "$FOLDER/backup"
on A mupip backup -replinstance="$FOLDER/backup" '*' "$FOLDER/backup"
for _ in 1 2; do
  rm -f "$FOLDER"/A/{gtm,x}.{dat,mjl}* "$FOLDER"/A/gtm.repl*
  cp "$FOLDER"/backup/*.dat "$FOLDER/backup/gtm.repl" "$FOLDER/A/"
  on A mupip set -replication=on -journal=enable,on,before_images -region '*'
  goes_on
done

step "rolled forward from a backup"
again
rm -rf "$FOLDER/backup" && mkdir "$FOLDER/backup"
on A mupip backup '*' "$FOLDER/backup"
goes_on
cp -a "$FOLDER"/A/*.mjl* "$FOLDER/backup/"
mv "$FOLDER/A/x.dat" "$FOLDER/x.lost"
rm "$FOLDER"/A/x.dat-*
cp "$FOLDER/backup/x.dat" "$FOLDER/A/"
on A mupip journal -recover -forward "$FOLDER/A/x.mjl"
on A mupip set -replication=on -journal=enable,on,before_images -region XREG
goes_on
