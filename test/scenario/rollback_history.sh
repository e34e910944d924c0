# shellcheck shell=bash
# A rollback where instance file and databases do not fit: the history does not reach back to where it ends, or the file is of
# an earlier moment.
only_headwater "GT.M has no way out of a file that is not of the databases' moment"
instance A
root A
in_file() { quietly A mupip replicate -editinstance -show "$FOLDER/A/gtm.repl" 2>&1 | sed -n "s/^HDR $1 *\([^ ]*\).*/\1/p"; }
standby A B
update A 20
take_down A
cp "$FOLDER/A/gtm.repl" "$FOLDER/older.repl"
standby A B
update A 20
take_down A

step "an instance file that is older than the databases: refused, nothing is changed" # Shows: 2.dbmatch.rollback breaks.4
cp "$FOLDER/A/gtm.repl" "$FOLDER/right.repl"
cp "$FOLDER/older.repl" "$FOLDER/A/gtm.repl"
expect_message A 130 "%GTM-E-REPLINSTDBMATCH, Replication instance file @/A/gtm.repl has seqno [0x0000000000000015] while database has a different seqno [0x0000000000000029]" \
  mupip journal -rollback -backward '*'
said "%GTM-E-MUNOACTION"
cmp -s "$FOLDER/older.repl" "$FOLDER/A/gtm.repl" || fail "the instance file has been changed"
cp "$FOLDER/right.repl" "$FOLDER/A/gtm.repl"
on A mupip journal -rollback -backward '*'
said "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 41 [0x0000000000000029]"
check_everything

step "one that is newer: refused, too, unless both go back to a moment that both have passed" # Shows: 2.dbmatch.rollback breaks.4
save A
standby A B
update A 10
take_down A
cp "$FOLDER/A/gtm.repl" "$FOLDER/newer.repl"
restore A
UPDATES[A]=40
cp "$FOLDER/newer.repl" "$FOLDER/A/gtm.repl"
expect_message A 130 "%GTM-E-REPLINSTDBMATCH, Replication instance file @/A/gtm.repl has seqno [0x0000000000000033] while database has a different seqno [0x0000000000000029]" \
  mupip journal -rollback -backward '*'
said "-RESYNC=41 takes out what only one of the two has"
cmp -s "$FOLDER/newer.repl" "$FOLDER/A/gtm.repl" || fail "the instance file has been changed"
on A mupip journal -rollback -backward -resync=41 '*'
said "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 41 [0x0000000000000029]"
[[ $(in_file "Journal Sequence Number") == 41 ]] || fail "seqno in the file: $(in_file "Journal Sequence Number")"

step "the history does not reach back to where the rollback ends: a warning, and it is cut" # Shows: 2.nohist.rollback
on A mupip replicate -instance_create -name=A
standby A B # A new file: its history begins at 41.
update A 10
take_down A
on A mupip journal -rollback -backward -resync=21 -losttrans="$FOLDER/lost.glo" '*'
said "%GTM-W-REPLINSTNOHIST, History record for seqno 20 [0x14] not found in replication instance file @/A/gtm.repl"
said "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 21 [0x0000000000000015]"
[[ -z $(history_of A) ]] || fail "history of A: $(history_of A)"
[[ $(in_file "Journal Sequence Number") == 21 ]] || fail "seqno in the file: $(in_file "Journal Sequence Number")"
UPDATES[A]=60
standby A B
update A 5
[[ $(history_of A) == "A 21 2" ]] || fail "history of A: $(history_of A)"
check_everything
power_loss A
