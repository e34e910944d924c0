# shellcheck shell=bash
# A feeds B, B feeds C. A dies with transactions that it has sent to nobody; B becomes root and goes on, also on a node that
# A had changed. A comes back: its rollback writes down what only A had, B takes it up again but for what is in conflict.
only_headwater "gbl apply-lost has no counterpart; GT.M's \$ZQGBLMOD answers by block"
instance A B C
root A
link A B
link B C
update A 100
expect_equal A B C

step "A dies with twenty transactions that nobody else has"
freeze A source B
update A 20
crash A
promote B A
on B gbl set '^a("A",102)' "of B"
update B 50
expect_equal B C

step "a rollback of A, which must not run before the primary has answered" # Shows: 4.rollback 7.lostfile 4.resync
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/lost.glo" '*'
said "Received RESYNC SEQNO is 101"
said "%GTM-I-RESOLVESEQNO, Resolving until sequence number 101 [0x0000000000000065]"
said "%GTM-I-FILECREATE, Lost transactions extract file @/lost.glo created"
said "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 101 [0x0000000000000065]"
[[ $(head -n 1 "$FOLDER/lost.glo") == "GDSJEX07 ROLLBACK PRIMARY A" ]] || fail "first line of lost.glo: $(head -n 1 "$FOLDER/lost.glo")"
[[ $(cut -d'\' -f6 "$FOLDER/lost.glo" | sed 1d | sort -un | wc -l) == 20 ]] || fail "not twenty: $(cat "$FOLDER/lost.glo")"

step "the same command again finds nothing more to lose" # Shows: breaks.28
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/again.glo" '*'
said "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 101 [0x0000000000000065]"
said "%GTM-I-FILENOTCREATE, Lost transactions extract file @/again.glo not created"
standby A B
receiver A
expect_equal B A C
check_everything
power_loss A
expect_equal B A C

step "safe and conflicting nodes are told apart" # Shows: 7.zqgblmod
for question in '^a("A",102) 1' '^x("A",103) 0' '^a("A",1) 0' '^a("B",2) 1'; do
  read -r node answer <<<"$question"
  on B gbl zqgblmod "$node"
  [[ $(cat "$SAID") == "$answer" ]] || fail "zqgblmod of $node: $(cat "$SAID")"
done

step "what only A had is taken up again" # Shows: 7.apply
on B gbl apply-lost "$FOLDER/lost.glo"
said "19 transactions of A applied, 1 in conflict"
grep -q '^; seqno 102: ^a("A",102) was changed here' "$FOLDER/lost.glo.conflicts" || fail "$(cat "$FOLDER/lost.glo.conflicts")"
on B gbl get '^a("A",102)'
said "of B"
on B gbl get '^x("A",120)'
said "-120"
expect_equal B A C
check_everything

step "who takes over next knows what has been applied, and what is in conflict" # Shows: 7.apply
take_down A
take_down B
take_down C
root C
standby C A
before=$(digest C)
on C gbl apply-lost "$FOLDER/lost.glo"
said "19 transactions of A applied, 1 in conflict"
said "19 of these had been applied before"
[[ $(digest C) == "$before" ]] || fail "C has changed"
