# shellcheck shell=bash
# C is a copy of A's databases, whose journals before the copy are A's. They are neither written to nor followed, though C's
# settings and a rollback of C come across them.
only_headwater "GT.M keeps the link to the files before the copy"
instance A B
root A
link A B
update A 60
expect_equal A B
take_down A

step "making the copy's own journals leaves A's as they are" # Shows: breaks.31
cp "$FOLDER/A/gtm.mjl" "$FOLDER/before.mjl"
copy_instance A C
cmp "$FOLDER/A/gtm.mjl" "$FOLDER/before.mjl" || fail "A's journal was written to"
standby C A
receiver C "$UPDATERESYNC"
feed A C
update A 20
expect_equal A C
check_everything
power_loss C
expect_equal A C

step "a rollback of the copy does not go back into them" # Shows: breaks.31
take_down C
expect_message C 130 "%GTM-E-NOPREVLINK, Journal file @/C/gtm.mjl" \
  mupip journal -rollback -backward -resync=51 -losttrans="$FOLDER/lost.glo" '*'
said " has a null previous link"
on C mupip journal -rollback -backward '*'
said "Journal seqno of the instance after rollback is 81 "
check_everything
standby C A
receiver C
expect_equal A C
