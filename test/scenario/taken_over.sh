# shellcheck shell=bash
# C and D are made from copies of A and started with -updateresync, C bare and D with A's instance file. Before they have
# got one update A is rolled back below what they hold, and goes on past it with other transactions. The same seqnos are
# then of another reign: neither may go on as if it had them.
only_headwater "GT.M has no online rollback of the root under an idle secondary, and stores no record of what is held"
instance A
root A
standby A C
update A 300
take_down A

step "C and D take over what the copies hold" # Shows: 4.decided.updateresync
for site in C D; do copy_instance A "$site"; done
for site in C D; do
  feed A "$site"
  standby "$site" A
done
receiver C -updateresync
receiver D "-updateresync=$FOLDER/D/copied.repl"
expect_equal A C D
for site in C D; do expect_history "$site" "A 300 1" "A 301 2"; done

step "A begins two more reigns without an update: C and D are in step all the same" # Shows: 4.decided.first-update
for cycle in 3 4; do
  take_down A
  feed A C
  feed A D
  expect_equal A C D
  for site in C D; do expect_history "$site" "A 300 1" "A 301 $cycle"; done
done
for site in C D; do
  stop_receiver "$site"
  receiver "$site"
done
expect_equal A C D

step "A goes back below what they hold, and past it again" # Shows: 4.wentback breaks.1
allow REPLAHEAD
for site in C D; do stop_receiver "$site"; done
on A mupip journal -rollback -backward -online -resync=281 -losttrans="$FOLDER/lost.glo" '*'
update A 60
for site in C D; do
  receiver "$site"
  expect_log A "source-$site" "Primary and Secondary have DIFFERING history records for seqno 300"
  expect_log "$site" receiver "%GTM-E-REPLAHEAD"
  expect_gone "$site" receiver
  expect_seqno "$site" 300
  attempt "$site" mupip replicate -receiver -shutdown -timeout=0
done
check_everything

step "what they hold beyond A cannot be taken out of a copy; made anew they follow" # Shows: 5.first
for site in C D; do
  take_down "$site"
  expect_message "$site" 114 "%GTM-E-REPLINSTNOHIST" \
    mupip journal -rollback -backward -fetchresync="$(port "$site")" -losttrans="$FOLDER/lost-$site.glo" '*'
done
