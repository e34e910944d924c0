# shellcheck shell=bash
# Incremental backups: where each begins, what a restore refuses, and one that is killed.
only_headwater "the format is our own"
instance A
root A
standby A B
mkdir "$FOLDER"/{R,full}
global_directory R
update A 30
on A mupip backup DEFAULT,XREG "$FOLDER/full"
cp "$FOLDER"/full/*.dat "$FOLDER/R/"

step "since the last full one, since the last of any kind, since a seqno" # Shows: 9.incremental
update A 20
on A mupip backup -bytestream DEFAULT,XREG "$FOLDER/inc1-d,$FOLDER/inc1-x"
said "%GTM-I-BACKUPSUCCESS, Backup completed successfully"
at_50=$(digest A)
update A 20
on A mupip backup -bytestream -since=bytestream DEFAULT,XREG "$FOLDER/inc2-d,$FOLDER/inc2-x"
on A mupip backup -bytestream DEFAULT "$FOLDER/since-full"
on A mupip backup -bytestream -transaction=1 DEFAULT "$FOLDER/since-1"
[[ $(stat -c %s "$FOLDER/since-1") -gt $(stat -c %s "$FOLDER/since-full") ]] || fail "-transaction=1 is no more than since the full one"
[[ $(stat -c %s "$FOLDER/since-full") -gt $(stat -c %s "$FOLDER/inc2-d") ]] || fail "-since=bytestream is no less"

step "what is refused changes nothing" # Shows: 9.restore.refused
before=$(digest R)
expect_message R 194 "HWBKUPGAP, Incremental backup file @/inc2-d begins at seqno 51" mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc2-d"
said "%GTM-E-MUPRESTERR, MUPIP restore aborted due to preceding errors"
expect_message R 194 "HWBKUPOTHER" mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc1-x"
expect_message R 194 "HWBKUPFORMAT" mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/full/gtm.dat"
head -c 300 "$FOLDER/inc1-d" >"$FOLDER/cut"
expect_message R 194 "HWBKUPFORMAT, Incremental backup file @/cut cannot be used: it has 300 bytes" \
  mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/cut"
expect_message R 194 "No such file or directory" mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/none"
expect_message A 194 "%GTM-I-MUSTANDALONE, Could not get exclusive access to @/A/gtm.dat" \
  mupip restore "$FOLDER/A/gtm.dat" "$FOLDER/inc1-d"
[[ $(digest R) == "$before" ]] || fail "a refused restore changed the database"

step "killed half-way, and done again"
attempt R env HW_FAIL=RestoreHalfApplied:kill mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc1-d"
[[ $STATUS -eq 137 ]] || fail "the place was not passed: $STATUS"
on R mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc1-d"
on R mupip restore "$FOLDER/R/x.dat" "$FOLDER/inc1-x"
[[ $(digest R) == "$at_50" ]] || fail "not what A was at the first incremental backup"
on R mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc2-d"
on R mupip restore "$FOLDER/R/x.dat" "$FOLDER/inc2-x"
said "%GTM-I-RESTORESUCCESS, Restore completed successfully"
[[ $(digest R) == "$(digest A)" ]] || fail "not what A is"
on R mupip restore "$FOLDER/R/gtm.dat" "$FOLDER/inc1-d,$FOLDER/inc2-d"
[[ $(digest R) == "$(digest A)" ]] || fail "restored twice it is something else"
check_everything
power_loss A
[[ $(digest R) == "$(digest A)" ]] || fail "A is something else after a power loss"

step "journals that are gone"
rm "$FOLDER"/A/gtm.mjl_*
now=$(date '+%s')
later() { [[ $(date '+%s') -gt $now ]]; }
within 10 "a name that no removed file had" later # Names are seconds.
expect_message A 10 "HWBKUPSINCE, Journals of region DEFAULT do not go back to seqno 1" \
  mupip backup -bytestream -transaction=1 DEFAULT "$FOLDER/too-far"
[[ ! -e $FOLDER/too-far ]] || fail "half a backup has its name"
