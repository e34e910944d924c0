# shellcheck shell=bash
# A second receiver server on a port that is taken: -start says so and fails; the one that has the port goes on.
only_headwater "GT.M's command ends with 0 and its server dies"
# Shows: 4.decided.port
instance A B C
root A
link A B
standby C A
expect_message C 2 "%GTM-E-REPLCOMM, Replication subsystem communication failure" \
  mupip replicate -receiver -start -listenport="$(port B)" -log="$FOLDER/C/receiver.log"
said "Local Port : $(port B)"
said "Address already in use"
expect_log C receiver "%GTM-E-REPLCOMM"
expect_gone C receiver
update A 10
expect_equal A B
