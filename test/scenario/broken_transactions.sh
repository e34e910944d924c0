# shellcheck shell=bash
# A's process dies in the middle of a commit over two regions, and then its machine's shared memory goes: one region's journal has
# the transaction, the other's has not. The rollback that puts A right writes down what it cuts.
only_headwater "failpoints are ours"
instance A
root A
standby A B
update A 20
# The source server stands still, so that it does not settle what the dead process has left before the machine stops, too.
half() {
  freeze A source B
  echo 'tstart ():serial set ^a("half")=1,^x("half")=1 tcommit' |
    HW_FAIL=CommitRecordsNotComplete:kill:1 quietly A gbl run - >"$SAID" 2>&1
  [[ $? -eq 137 ]] || fail "not killed: $(cat "$SAID")"
}

step "what lacks a part goes to the file of broken transactions" # Shows: breaks.23
half
crash A
on A mupip journal -rollback -backward -brokentrans="$FOLDER/broken.glo" -losttrans="$FOLDER/lost.glo" '*'
said "%GTM-I-FILECREATE, Broken transactions extract file @/broken.glo created"
said_times 0 "Lost transactions extract"
said "Journal seqno of the instance after rollback is 21 "
[[ $(head -n 1 "$FOLDER/broken.glo") == "GDSJEX07" ]] || fail "$(cat "$FOLDER/broken.glo")"
[[ $(cut -d'\' -f1,6 "$FOLDER/broken.glo" | sed 1d | tr '\n' ' ') == '08\21 05\21 09\21 ' ]] || fail "$(cat "$FOLDER/broken.glo")"
attempt A gbl get '^a("half")'
[[ $STATUS -ne 0 ]] || fail "half of it is there: $(cat "$SAID")"

step "without a name it lies beside the first journal; without a wish for it nowhere"
standby A B
half
crash A
on A mupip journal -rollback -backward '*'
said "%GTM-I-FILECREATE, Broken transactions extract file @/A/gtm.broken created"
standby A B
half
crash A
rm "$FOLDER/A/gtm.broken"
on A mupip journal -rollback -backward -nobrokentrans '*'
said_times 0 "Broken transactions"
[[ ! -e $FOLDER/A/gtm.broken ]] || fail "gtm.broken was made"

step "no room for the files: an error, and nothing is changed" # Shows: 7.noroom
standby A B
half
crash A
expect_message A 130 "%GTM-E-FILENOTCREATE, Broken transactions extract file /dev/full/broken not created" \
  mupip journal -rollback -backward -brokentrans=/dev/full/broken '*'
on A mupip journal -rollback -backward '*'
before=$(digest A)
expect_message A 130 "%GTM-E-FILENOTCREATE, Lost transactions extract file @/A/nowhere/lost.glo not created" \
  mupip journal -rollback -backward -resync=5 -losttrans="$FOLDER/A/nowhere/lost.glo" '*'
[[ $(digest A) == "$before" ]] || fail "the databases have changed"
on A mupip journal -rollback -backward '*'
said "Journal seqno of the instance after rollback is 21 "
standby A B
update A 5
