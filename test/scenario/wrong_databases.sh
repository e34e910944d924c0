# shellcheck shell=bash
# An instance that was shut down in order, and beside it databases that are not all its own, or not of that moment: fewer than it
# has, an earlier copy, one from a backup, a journal that was emptied. Neither a rollback nor a start makes an instance of them
# whose seqno says what it does not hold.
only_headwater "GT.M lowers the instance file"
allow HWSEQNOGAP
allow JNLFILOPN
allow JNLBADLABEL

# refuses TEXT: neither rollback nor start, in which nothing changes.
refuses() {
  all_refused A "$1" "mupip journal -rollback -backward *" "mupip journal -rollback -backward -resync=100 *" \
    "mupip replicate -source -start -passive -instsecondary=B -log=$FOLDER/A/no.log -rootprimary"
}
again() {
  restore A
  save A
}
# whole: with everything in its place A is what it was.
whole() {
  again
  standby A B
  [[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
  take_down A
}

instance A
root A
standby A B
update A 60
mkdir "$FOLDER/backup" "$FOLDER/early"
on A mupip backup '*' "$FOLDER/backup"
take_down A
cp --sparse=always "$FOLDER"/A/*.dat "$FOLDER/early/"
standby A B
update A 60
wanted=$(digest A)
take_down A
save A

step "a global directory that names only one of the regions"
for file in gtm x; do
  again
  quietly A env gtmgbldir="$FOLDER/A/one.gld" gde change -segment DEFAULT -file="$FOLDER/A/$file.dat" >"$SAID" 2>&1 || fail "$(cat "$SAID")"
  for command in "" -resync=60 -resync=120; do
    attempt A env gtmgbldir="$FOLDER/A/one.gld" mupip journal -rollback -backward $command '*'
    said "%GTM-E-HWREGIONSMISSED, Replication instance file @/A/gtm.repl was last started with 2 replicating regions, 1 are here"
    said "$FOLDER/A/$file.dat is here"
    [[ $STATUS -ne 0 ]] || fail "status 0"
  done
  standby A B
  [[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
  take_down A
done

step "a region that does not replicate any more"
again
on A mupip set -replication=off -region XREG
expect_message A 130 "%GTM-E-HWREGIONSMISSED" mupip journal -rollback -backward '*'
whole

step "a region from a backup of an earlier moment, given a journal"
again
rm "$FOLDER"/A/x.*
cp "$FOLDER/backup/x.dat" "$FOLDER/A/"
on A mupip set -replication=on -journal=enable,on,before_images -region XREG
refuses "HWSEQNOGAP"
on A mupip integ -region '*'
whole

step "the same long after the backup, when nothing of it has been in the region since"
for region in gtm x; do
  again
  standby A B
  global=$([[ $region == x ]] && echo a || echo x)
  for ((i = 1; i <= 10100; ++i)); do echo "set ^$global(\"many\",$i)=$i"; done | quietly A gbl run - || fail "updates"
  take_down A
  rm "$FOLDER/A/$region".dat* "$FOLDER/A/$region".mjl*
  cp "$FOLDER/backup/$region.dat" "$FOLDER/A/"
  on A mupip set -replication=on -journal=enable,on,before_images -region '*'
  refuses "HWSEQNOGAP"
done

step "an earlier journal file that nobody needs was emptied, cut, or is something else"
again
on A mupip set -journal=enable,on,before_images -region '*'
on A mupip set -journal=enable,on,before_images -region '*'
old=$(echo "$FOLDER"/A/gtm.mjl_* | tr ' ' '\n' | tail -n 1)
for spoilt in "truncate -s 0" "truncate -s 100" "truncate -s 9000" "rm -f" mkfifo "mkdir -p"; do
  rm -rf "$old"
  [[ $spoilt == mk* ]] || echo "what was a journal" >"$old"
  $spoilt "$old"
  on A mupip journal -rollback -backward '*'
  standby A B
  take_down A
done

step "a seqno that was given with dse is no gap, neither at once nor later, and integ finds it right"
again
for region in DEFAULT XREG; do
  printf 'find -region=%s\nchange -fileheader -reg_seqno=C8\n' $region | quietly A dse >"$SAID" 2>&1 || fail "$(cat "$SAID")"
done
on A mupip replicate -instance_create -name=A
on A mupip integ -region '*'
for round in 1 2 3; do
  standby A B
  [[ $(seqno A) -eq $((198 + round)) ]] || fail "seqno $(seqno A)"
  echo "set ^a(\"given\",$round)=1" | quietly A gbl run - || fail "update"
  on A mupip integ -region '*'
  take_down A
  on A mupip integ -region '*'
  on A mupip journal -rollback -backward '*'
done
on A mupip journal -rollback -backward -resync=200 -losttrans="$FOLDER/lost.glo" '*'
standby A B
[[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
take_down A

step "and taken back to the moment of the backup, with which it goes on"
again
rm "$FOLDER"/A/x.*
cp "$FOLDER/backup/x.dat" "$FOLDER/A/"
on A mupip set -replication=on -journal=enable,on,before_images -region XREG
on A mupip journal -rollback -backward -resync=61 -losttrans="$FOLDER/lost.glo" '*'
standby A B
[[ $(seqno A) -eq 60 ]] || fail "seqno $(seqno A)"
take_down A

step "a database file is an earlier copy of itself"
for file in gtm x; do
  again
  cp "$FOLDER/early/$file.dat" "$FOLDER/A/"
  refuses "JNLFILOPN|JNLBADLABEL|HWCOPY"
  whole
done

step "a journal was emptied, or cut"
for bytes in 0 8192 9000; do
  again
  truncate -s "$bytes" "$FOLDER/A/x.mjl"
  refuses "JNL"
  whole
done

step "a database is exchanged under the feet of a server"
again
standby A B
update A 10
cp "$FOLDER/early/x.dat" "$FOLDER/A/new"
mv "$FOLDER/A/new" "$FOLDER/A/x.dat"
attempt A mupip replicate -source -shutdown -timeout=0
forget_servers A
refuses "."

step "a region that is gone by intent: new journals end the search for its transactions"
again
edit_global_directory A >"$SAID" 2>&1 <<'GDE'
delete -name x*
delete -name X*
delete -region XREG
delete -segment XSEG
exit
GDE
refuses "HWSTRAYED|HWREGIONSMISSED"
on A mupip replicate -editinstance -forgetregion=XREG gtm.repl
on A mupip set -journal=enable,on,before_images -noprevjnlfile -region DEFAULT
standby A B
take_down A
on A mupip journal -rollback -backward '*'
again
