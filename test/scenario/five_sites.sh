# shellcheck shell=bash
# The specification's story of lost transactions: A feeds B and C, B feeds D, C feeds E. A dies with transactions that C and E
# have got and B has not, and with some that nobody has got. B becomes root: C and E are ahead of it and are rolled back, E
# although it never stopped; A comes back and what it had lost is taken up at B; in the end A lives below C.
only_headwater "gbl apply-lost has no counterpart; GT.M's \$ZQGBLMOD answers by block"
instance A B C D E
root A
link A B
link A C
link B D
link C E
update A 100
expect_equal A B C D E
does_need="Secondary Instance [A] NEEDS to be restarted first"
allow REPLAHEAD

step "A dies: seqnos 101 to 110 are at C and E only, 111 to 120 nowhere"
freeze A source B
update A 10
in_step A C E
freeze A source C
update A 10
crash A
expect_seqno B 100
promote B A
on B gbl set '^a("A",102)' "of B"       # A and C have changed it, too.
on B gbl set '^a("A",110)' "of B"       # The same, in a transaction over both regions.
on B gbl kill '^x("A",117)'             # A had set it; at B it never was.
update B 37
expect_equal B D

step "C is ahead of B" # Shows: 4.decided.ahead 3.needrestart.yes
on B mupip replicate -source -needrestart -instsecondary=A
said "$does_need"
feed B C
expect_log C receiver "%GTM-E-REPLAHEAD"
expect_gone C receiver
expect_refused C

step "its rollback gives a SECONDARY file" # Shows: 4.rollback
remember E receiver
attempt C mupip replicate -receiver -shutdown -timeout=0
on C mupip replicate -source -shutdown -timeout=0
on C mupip rundown -region '*'
forget_servers C
on C mupip journal -rollback -backward -fetchresync="$(port C)" -losttrans="$FOLDER/lost-C.glo" '*'
said "%GTM-I-RLBKJNSEQ, Journal seqno of the instance after rollback is 101"
[[ $(head -n 1 "$FOLDER/lost-C.glo") == "GDSJEX07 ROLLBACK SECONDARY C" ]] || fail "$(head -n 1 "$FOLDER/lost-C.glo")"
expect_message B 1 "only what a root primary lost has to be applied again" gbl apply-lost "$FOLDER/lost-C.glo"

step "E, which never stopped, notices that its feeder went back in time" # Shows: 4.wentback breaks.6
expect_same E receiver
standby C B
receiver C
feed C E
expect_log E receiver "%GTM-E-REPLAHEAD"
expect_gone E receiver
attempt E mupip replicate -receiver -shutdown -timeout=0
take_down E
on E mupip journal -rollback -backward -fetchresync="$(port E)" -losttrans="$FOLDER/lost-E.glo" '*'
[[ $(head -n 1 "$FOLDER/lost-E.glo") == "GDSJEX07 ROLLBACK SECONDARY E" ]] || fail "$(head -n 1 "$FOLDER/lost-E.glo")"
diff <(sed 1d "$FOLDER/lost-C.glo" | cut -d'\' -f6-) <(sed 1d "$FOLDER/lost-E.glo" | cut -d'\' -f6-) || fail "C and E lost different things"
standby E C
receiver E
expect_equal B C D E
for site in B C D E; do expect_history "$site" "A 1 1" "B 101 1"; done
check_everything
power_loss C
expect_equal B C D E

step "A comes back; its file is a PRIMARY one" # Shows: 7.lostfile 3.needrestart.no
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/lost-A.glo" '*'
[[ $(head -n 1 "$FOLDER/lost-A.glo") == "GDSJEX07 ROLLBACK PRIMARY A" ]] || fail "$(head -n 1 "$FOLDER/lost-A.glo")"
[[ $(sed 1d "$FOLDER/lost-A.glo" | grep -v '^0[123]' | cut -d'\' -f6 | sort -un | tr '\n' ' ') == "$(seq -s ' ' 101 120) " ]] || fail "not 101 to 120"
on B mupip replicate -source -needrestart -instsecondary=A
said "Secondary Instance [A] DOES NOT NEED to be restarted"
standby A B
receiver A
expect_equal B A C D E
check_everything
power_loss A
expect_equal B A C D E

step "conflicting and safe nodes are told apart, and no answer of 0 is wrong" # Shows: 7.zqgblmod
for question in '^a("A",102) 1' '^x("A",110) 0' '^a("A",110) 1' '^x("A",117) 1' '^x("A",103) 0' '^a("A",1) 0' \
  '^a("B",2) 1' '^x("B",5) 1' '^a("nobody") 0'; do
  read -r node answer <<<"${question% *} ${question##* }"
  on B gbl zqgblmod "$node"
  [[ $(cat "$SAID") == "$answer" ]] || fail "zqgblmod of $node: $(cat "$SAID")"
done

step "what only A had is taken up again, the rest is left to a person" # Shows: 7.apply
on B gbl apply-lost "$FOLDER/lost-A.glo"
said "17 transactions of A applied, 3 in conflict"
grep '^;' "$FOLDER/lost-A.glo.conflicts" >"$FOLDER/why"
grep -q '^; seqno 102: ^a("A",102) was changed here' "$FOLDER/why" || fail "$(cat "$FOLDER/why")"
grep -q '^; seqno 110: ^a("A",110) was changed here' "$FOLDER/why" || fail "$(cat "$FOLDER/why")"
grep -q '^; seqno 117: ^x("A",117) was changed here' "$FOLDER/why" || fail "$(cat "$FOLDER/why")"
for node in '^a("A",102)' '^a("A",110)'; do
  on B gbl get "$node"
  said "of B"
done
on B gbl get '^x("A",120)'
said "-120"

step "until it is said to be complete A may not live below C" # Shows: 3.receiver.lost
take_down A
unfeed B A
standby A C
receiver A
feed C A
expect_log A receiver "%GTM-E-PRIMARYNOTROOT, Attempted operation not valid on non-root primary instance C"
expect_log C source-A "%GTM-E-PRIMARYNOTROOT"
expect_gone A receiver
attempt A mupip replicate -receiver -shutdown -timeout=0
take_down A
expect_gone C source A
unfeed C A

step "afterwards it may" # Shows: 3.losttncomplete 3.losttncomplete.down
on B mupip replicate -source -losttncomplete
expect_log E receiver.log.updproc "Zqgblmod Seqno and Trans set to 0 in every region"
feed B A
standby A B
receiver A
expect_log A receiver.log.updproc "Zqgblmod Seqno and Trans set to 0 in every region"
take_down A
unfeed B A
standby A C
receiver A
feed C A
expect_equal B A C D E
