# shellcheck shell=bash
# A secondary becomes root without its journal pool going down: A feeds B, B feeds C by its only source server. A is gone;
# B's source server is made passive and active again, now with updates enabled.
instance A B C
root A
receiver C
feed B C
link A B
update A 100
expect_equal A B C
remember B source C
remember C receiver
to_c="-instsecondary=C -secondary=127.0.0.1:$(port C) -log=$FOLDER/B/source-C.log"

step "not while the receiver of B runs" # Shows: 3.activate.2.fail 4.decided.activate 11.ACTIVATEFAIL
on B mupip replicate -source -deactivate -instsecondary=C
within "$DEADLINE_S" "B's source server is passive" expect_passive B C
# shellcheck disable=SC2086
expect_message B 226 "%GTM-E-ACTIVATEFAIL" mupip replicate -source -activate $to_c -rootprimary

step "B becomes root" # Shows: 3.start.onthefly 5.secondary-primary 2.at-promotion
take_down A
stop_receiver B
expect_refused B
# shellcheck disable=SC2086
on B mupip replicate -source -activate $to_c -rootprimary
root B
update B 50
expect_equal B C
expect_same B source C
expect_same C receiver
for site in B C; do expect_history "$site" "A 1 1" "B 101 1"; done
