# shellcheck shell=bash
# After a power loss a region lacks what another one holds, because that one is not looked at, not there, or not what it was: nothing
# is taken out of the others, whatever command comes first, and with all of it back everything is there.
only_headwater "checkpoint images are ours"
allow REPLREQROLLBACK
allow HWSEQNOGAP

# keeps COMMAND...: A's command is refused, and takes nothing out of A.
keeps() {
  attempt A "$@"
  [[ $STATUS -ne 0 ]] || fail "status 0 of: $*"$'\n'"$(cat "$SAID")"
  ! grep -q "Rollback successful" "$SAID" || fail "success where a region is not what it was: $(cat "$SAID")"
}
# again: as the power loss has left it.
again() {
  restore A
  save A
}
# whole: with everything in its place A has what it had.
whole() {
  on A mupip journal -rollback -backward '*'
  [[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
  on A mupip integ -region '*'
}

instance A
root A
standby A B
update A 60
for ((i = 1; i <= 20; ++i)); do echo "tstart () set ^both($i)=$i,^xboth($i)=$i tcommit"; done | quietly A gbl run - || fail "updates"
update A 20
within "$DEADLINE_S" "all is on disk" all_is_durable A
wanted=$(digest A)
cp "$FOLDER/A/gtm.gld" "$FOLDER/all.gld"
mkdir "$FOLDER/away"
crash A
export HW_BOOT_ID=after-a-power-loss
save A

step "a global directory that names only one of the regions"
edit() { quietly A env gtmgbldir="$FOLDER/A/one.gld" gde change -segment DEFAULT -file="$FOLDER/A/gtm.dat" >"$SAID" 2>&1 || fail "$(cat "$SAID")"; }
for command in "gbl get ^a(1)" "mupip extract -stdout" "mupip backup DEFAULT $FOLDER/away/copy.dat" "mupip size -region DEFAULT" \
  "mupip integ -region DEFAULT" "mupip rundown -region *" "mupip journal -rollback -backward *"; do
  again
  edit
  read -ra words <<<"$command"
  set -f
  attempt A env gtmgbldir="$FOLDER/A/one.gld" "${words[@]}"
  set +f
  [[ $STATUS -ne 0 ]] || fail "status 0 of: $command"
  whole
done

step "what the database files hold now is nobody's: integ says so, and finds no damage in it"
again
truncate -s 100000 "$FOLDER/A/x.dat" # Of a file that is made anew.
expect_message A 178 "is not checked before it is made anew from checkpoint image and journal" mupip integ -file "$FOLDER/A/x.dat"
! grep -q "%GTM-E-HWINTEG" "$SAID" || fail "damage in a file that nobody uses: $(cat "$SAID")"
whole

step "a region's folder is not mounted"
again
mv "$FOLDER"/A/x.* "$FOLDER/away/"
keeps mupip journal -rollback -backward '*'
keeps gbl get '^both(1)'
mv "$FOLDER"/away/x.* "$FOLDER/A/"
whole

step "a region was made anew"
again
mv "$FOLDER/A/x.dat" "$FOLDER/away/"
attempt A mupip create -region=XREG
keeps mupip journal -rollback -backward '*'
keeps gbl get '^both(1)'
again
whole

step "a control file is gone"
for region in x gtm; do
  again
  rm "$FOLDER/A/$region.dat-ctl"
  keeps mupip journal -rollback -backward '*'
  again
  whole
done

step "a region's journaling was switched off first: each region is brought up by itself, and nothing is lost"
again
on A mupip set -replication=off -region XREG
on A mupip set -journal=disable -region XREG
keeps gbl get '^both(1)'
keeps mupip journal -rollback -backward '*'
on A mupip set -replication=off -region DEFAULT
[[ $(digest A) == "$wanted" ]] || fail "A lost what it had"

step "what the operator names goes, and is written down"
again
rm "$FOLDER/A/x.dat-ctl"
attempt A mupip journal -rollback -backward -resync=61 -losttrans="$FOLDER/lost.glo" '*'
again
whole
unset HW_BOOT_ID
