# shellcheck shell=bash
# Every kind of server is shut down and started again while updates go on; then each whole instance. Nobody needs anything
# but its own restart. A feeds B and C; C's link keeps A's pool up meanwhile.
instance A B C
root A
link A B
link A C
update A 100

step "source server" # Shows: 5.restart 2.slot.same
unfeed A B
update A 100
feed A B
expect_equal A B C

step "receiver server" # Shows: 5.restart
stop_receiver B
update A 100
receiver B
expect_equal A B C

step "update process alone" # Shows: 5.restart
on B mupip replicate -receiver -shutdown -updateonly -timeout=0
expect_gone B update
expect_alive B receiver
update A 100
update_process B
expect_equal A B C

step "passive source server, while the receiver holds the pool" # Shows: 5.restart
unfeed B A
POOL[B]=up
update A 100
standby B A
expect_equal A B C
for site in B C; do expect_history "$site" "A 1 1"; done

step "all of B" # Shows: 5.restart
take_down B
update A 100
standby B A
receiver B
expect_equal A B C

step "all of A: the next reign of the same root" # Shows: 5.restart 2.append
take_down A
feed A B
feed A C
update A 100
expect_equal A B C
for site in A B C; do expect_history "$site" "A 1 1" "A 601 2"; done
