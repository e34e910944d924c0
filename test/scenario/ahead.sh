# shellcheck shell=bash
# A is put back to where it was before its last hundred transactions, which B has: B is ahead of its primary. Then A makes
# a hundred others: same name, same cycle, same seqnos, other data. Neither is taken for the same.
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C
take_down C
take_down A
save A
feed A B
update A 100
expect_equal A B
take_down A
restore A

step "B is ahead" # Shows: 4.decided.ahead 4.equal breaks.16
feed A B
feed A C
expect_log B receiver "%GTM-E-REPLAHEAD, Replicating instance is ahead of the originating instance."
expect_gone B receiver
expect_alive A source B
expect_seqno B 200

step "same name, same cycle, same seqnos" # Shows: 4.same-root 4.resync breaks.1 breaks.2
attempt B mupip replicate -receiver -shutdown -timeout=0
expect_history A "A 1 1" "A 101 2"
expect_history B "A 1 1" "A 101 2"
UPDATES[A]=1000
update A 100
expect_seqno A 200
receiver B
expect_log A source-B "Primary and Secondary have DIFFERING history records for seqno 200"
expect_log B receiver "Replicating instance : 201 Originating instance : 201"
expect_gone B receiver
expect_alive A source B
expect_seqno B 200

step "who was there before the fork goes on"
standby C A
receiver C
expect_equal A C
attempt B mupip replicate -receiver -shutdown -timeout=0
