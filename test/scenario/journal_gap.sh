# shellcheck shell=bash
# A power loss after which checkpoint image and journal do not meet: a journal file is missing, damaged or of an earlier moment, the
# image is missing or another database's. Every command says so and changes nothing; with the files back nothing is lost.
only_headwater "checkpoint images are ours"
allow REPLREQROLLBACK

# sums: of all files of the region that is not whole.
sums() { (cd "$FOLDER/A" && sha256sum gtm.dat gtm.dat-ckpt gtm.mjl* 2>&1); }

# refused TEXT COMMAND...: A's command fails, says TEXT (@: the folder) and nothing of success, and changes no file.
refused() {
  local text=$1 before
  shift
  before=$(sums)
  attempt A "$@"
  [[ $STATUS -ne 0 ]] || fail "status 0 of: $*"$'\n'"$(cat "$SAID")"
  ! grep -vE 'MUNOTALLSEC|MUFILRNDWNSUC.*x[.]dat' "$SAID" | grep -qiE 'successful|No errors detected by integ.*DEFAULT|MUFILRNDWNSUC.*gtm\.dat' ||
    fail "success where data is missing: $*"$'\n'"$(cat "$SAID")"
  [[ -z $text ]] || said "$text"
  [[ $(sums) == "$before" ]] || fail "files were changed by: $*"$'\n'"$(diff <(echo "$before") <(sums))"
}

# gap TEXT: every way to open A after the power loss is refused with TEXT.
gap() {
  export HW_BOOT_ID=after-a-power-loss
  refused "$1" mupip rundown -region '*'
  refused "$1" mupip journal -rollback -backward '*'
  refused "$1" mupip journal -rollback -backward -resync=50 '*'
  refused "$1" mupip integ -region '*'
  refused "$1" mupip backup '*' "$FOLDER/copies"
  refused "$1" mupip reorg -region='*'
  refused "$1" mupip extract -stdout
  refused "$1" gbl get '^a("A",1)'
  refused "$1" mupip set -replication=off -journal=disable -region '*'
  refused "" mupip journal -recover -backward '*'
  refused "" mupip freeze -on '*'
  refused "" mupip integ -rebuild -region '*'
  refused "" mupip replicate -source -start -passive -instsecondary=B -rootprimary -log="$FOLDER/A/source-B.log"
  refused "" gbl set '^a("new")' 1
  unset HW_BOOT_ID
}

instance A
mkdir "$FOLDER/copies"
root A
standby A B
update A 60
cp "$FOLDER/A/gtm.mjl" "$FOLDER/earlier.mjl" # Before what comes now.
update A 40
on A mupip freeze -on '*' # Brings the images up to here.
on A mupip freeze -off '*'
update A 50
wanted=$(digest A)
crash A
save A

again() {
  restore A
  save A
}

step "the image is ahead of the journal: an earlier file has taken its place"
cp "$FOLDER/earlier.mjl" "$FOLDER/A/gtm.mjl"
gap "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file @/A/gtm.mjl"
gap "Checkpoint image @/A/gtm.dat-ckpt holds everything up to sequence number"

step "the journal is missing"
again
rm "$FOLDER/A/gtm.mjl"
gap "%GTM-E-JNLFILEOPNERR, Error opening journal file @/A/gtm.mjl"

step "the image is missing"
again
rm "$FOLDER/A/gtm.dat-ckpt"
gap "%GTM-E-HWDBNOTCLEAN, Database file @/A/gtm.dat was not closed"

step "the image is another database's"
again
cp "$FOLDER/A/x.dat-ckpt" "$FOLDER/A/gtm.dat-ckpt"
gap "it is the image of another database"

step "a journal file between the image and the current one is missing, or damaged"
again
export HW_BOOT_ID=after-an-earlier-power-loss
on A mupip rundown -region '*'
[[ $(digest A) == "$wanted" ]] || fail "not what A held"
on A mupip journal -rollback -backward '*'
unset HW_BOOT_ID
standby A B
# shellcheck disable=SC2034
UPDATES[A]=200
update A 20
on A mupip set -journal=enable,on,before_images -region '*'
update A 20
wanted=$(digest A)
for first in "$FOLDER"/A/gtm.mjl_*; do :; done # The newest: their names are times.
crash A
rm -rf "$FOLDER/.saved-A"
save A
mv "$first" "$FOLDER/away.mjl"
gap "Missing: generation"
gap "%GTM-E-JNLFILEOPNERR, Error opening journal file $first"
cp "$FOLDER/away.mjl" "$first"
printf 'XXXXXXXX' | dd of="$first" bs=1 seek=8300 conv=notrunc 2>/dev/null
gap "%GTM-E-JNLBADRECFMT, Journal File Record Format Error encountered for file $first"

step "with the file as it was everything is there"
again # The other region, too: some of the commands above were right to change it.
export HW_BOOT_ID=after-a-power-loss
on A mupip journal -rollback -backward '*'
[[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
on A mupip integ -region '*'
said_times 2 "No errors detected by integ."
unset HW_BOOT_ID

step "an image that the journal files do not reach is made anew while the database is good"
standby A B
# shellcheck disable=SC2034
UPDATES[A]=300
update A 10
on A mupip set -journal=enable,on,before_images -region '*'
update A 10
mkdir "$FOLDER/moved"
mv "$FOLDER"/A/*.mjl_* "$FOLDER/moved/"
# The next generation must not get the name of one that is gone, which has the second in it.
moment=$(date +%s)
next_second() { [[ $(date +%s) != "$moment" ]]; }
within "$DEADLINE_S" "the next second" next_second
attempt A mupip integ -region '*'
[[ $STATUS -ne 0 ]] || fail "integ says nothing of an image that a power loss would find useless"
said "Missing: generation"
take_down A
on A mupip integ -region '*'
standby A B
on A mupip integ -region '*'
said_times 2 "No errors detected by integ."
update A 10
wanted=$(digest A)
crash A
export HW_BOOT_ID=after-a-second-power-loss
on A mupip journal -rollback -backward '*'
[[ $(digest A) == "$wanted" ]] || fail "A lost what it had"
on A mupip integ -region '*'
unset HW_BOOT_ID
