# shellcheck shell=bash
# A former root with lost transactions that nobody has dealt with: it may only be a direct secondary of the root, until
# -losttncomplete has run there; that clears Zqgblmod in every region, here and at every secondary, also those that come later.
only_headwater "questions of \$ZQGBLMOD are gbl's; GT.M's further condition for a former root is not copied"
instance A B C D
root A
link A B
link B C
link B D
update A 60
allow REPLAHEAD # Said of A, while it asks how far to roll back.
expect_equal A B C D

step "A dies with what nobody else has; B becomes root"
freeze A source B
update A 10
crash A
promote B A
unfeed B A
on B gbl set '^a("A",61)' "of B" # Changed by A, too.
on B gbl set '^x("B",1)' "of B"
expect_equal B C D
zqgblmod() { on "$1" gbl zqgblmod "$2"; cat "$SAID"; }
answers() { [[ $(zqgblmod "$1" "$2") == "$3" ]]; }

step "A below C, which only propagates: refused on both ends" # Shows: 3.receiver.lost 11.PRIMARYNOTROOT
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward '*'
standby A B
receiver A
feed C A
expect_log A receiver "%GTM-E-PRIMARYNOTROOT, Attempted operation not valid on non-root primary instance C"
expect_gone A receiver
expect_log C source-A "%GTM-E-PRIMARYNOTROOT, Attempted operation not valid on non-root primary instance C"
expect_gone C source A
end_of_receiver() { attempt A mupip replicate -receiver -shutdown -timeout=0; }
end_of_receiver
take_down A
unfeed C A

step "its rollback below C, too" # Shows: 3.receiver.lost
feed C A
attempt A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/wrong.glo" '*'
said "%GTM-E-PRIMARYNOTROOT, Attempted operation not valid on non-root primary instance C"
[[ $STATUS -ne 0 && ! -e $FOLDER/wrong.glo ]] || fail "status $STATUS; $(ls "$FOLDER")"
expect_gone C source A
unfeed C A

step "below B, the root: what A lost is written down" # Shows: 3.receiver.lost
feed B A
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/lost.glo" '*'
[[ $(head -n 1 "$FOLDER/lost.glo") == "GDSJEX07 ROLLBACK PRIMARY A" ]] || fail "first line of lost.glo: $(head -n 1 "$FOLDER/lost.glo")"
standby A B
receiver A
expect_equal B A C
answers B '^a("A",61)' 1 || fail "zqgblmod at B"
answers B '^x("B",1)' 1 || fail "zqgblmod at B"

step "having been a secondary of the root does not make it forget" # Shows: breaks.8
take_down A
unfeed B A
standby A C
receiver A
feed C A
expect_log C source-A "%GTM-E-PRIMARYNOTROOT"
expect_gone C source A
expect_gone A receiver
end_of_receiver
take_down A
unfeed C A

step "D is away while it is completed" # Shows: 3.losttncomplete
stop_receiver D
on B mupip replicate -source -losttncomplete
said "Initiating LOSTTNCOMPLETE operation on instance [B]"
for node in '^a("A",61)' '^x("B",1)'; do
  answers B "$node" 0 || fail "zqgblmod $node at B: $(cat "$SAID")"
done
expect_message B 106 "%GTM-E-CLIERR" mupip replicate -source -losttncomplete -instsecondary=C

step "it reaches who is connected now, and who comes later" # Shows: 3.losttncomplete.down breaks.8
expect_log C receiver.log.updproc "Zqgblmod Seqno and Trans set to 0 in every region"
receiver D
expect_log D receiver.log.updproc "Zqgblmod Seqno and Trans set to 0 in every region"
feed B A
standby A B
receiver A
expect_log A receiver.log.updproc "Zqgblmod Seqno and Trans set to 0 in every region"
expect_equal B A C D

step "from then on A may be anybody's secondary" # Shows: breaks.8
take_down A
unfeed B A
standby A C
receiver A
feed C A
on B gbl set '^a("B",2)' more
expect_equal B C A
