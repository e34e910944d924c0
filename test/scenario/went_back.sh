# shellcheck shell=bash
# A feeds B, B feeds C. B goes back in time, behind what C has; C never stopped. When B is there again C's receiver notices, says
# that it is ahead, and ends; B's source server stays. C rolls back and follows again.
instance A B C
root A
link A B
link B C
update A 30
expect_equal A B C

step "A and B lose their last ten transactions, C keeps them"
remember C receiver
take_down A
stop_receiver B
on B mupip replicate -source -shutdown -timeout=0
forget_servers B
on B mupip journal -rollback -backward -resync=21 -losttrans="$FOLDER/B.glo" '*'
said "Journal seqno of the instance after rollback is 21"
on A mupip journal -rollback -backward -resync=21 -losttrans="$FOLDER/A.glo" '*'
said "Journal seqno of the instance after rollback is 21"
expect_same C receiver
check_everything

step "C, which never stopped, notices" # Shows: 4.wentback breaks.6
feed A B
standby B A
receiver B
feed B C
expect_log C receiver "%GTM-E-REPLAHEAD, Replicating instance is ahead of the originating instance."
expect_gone C receiver
expect_alive B source C
allow REPLAHEAD

step "its data is as it was, nothing of the new reign has come" # Shows: 4.wentback
[[ $(seqno C) == 30 ]] || fail "C is at $(seqno C)"
attempt C mupip replicate -receiver -shutdown -timeout=0

step "A goes on past where C is, other transactions under the same seqnos" # Shows: 4.wentback breaks.1
# shellcheck disable=SC2034
UPDATES[A]=100
update A 40
expect_equal A B
receiver C
expect_gone C receiver
[[ $(seqno C) == 30 ]] || fail "C is at $(seqno C)"
grep -q "out-of-sync\|REPL_ROLLBACK_FIRST\|Received REPL_ROLLBACK" "$FOLDER/C/receiver.log" || fail "C's receiver does not say why"
attempt C mupip replicate -receiver -shutdown -timeout=0

step "C rolls back and follows" # Shows: 4.wentback
take_down C
on C mupip journal -rollback -backward -fetchresync="$(port C)" -losttrans="$FOLDER/C.glo" '*'
said "Journal seqno of the instance after rollback is 21"
standby C B
receiver C
expect_equal A B C
for site in A B C; do expect_history "$site" "A 1 1" "A 21 2"; done
check_everything
power_loss C
expect_equal A B C
