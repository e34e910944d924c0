# shellcheck shell=bash
# docs/runbook/rolling-upgrade.md: from two dual-site instances to three multi-site ones, with an application that goes on
# but for the two switchovers; none of its transactions fails.
only_headwater "the pages speak of our programs"
dual_site A B
instance A B
root A
# As that version is used: the secondary has no name.
standby B SECONDARY
receiver B
on A mupip replicate -source -start -secondary=127.0.0.1:"${PORT[B]}" -log="$FOLDER/A/source.log" \
  -buffsize="$POOL_BYTES" "$CONNECT"
note_source A SECONDARY active
application A

step "B is upgraded while A goes on" # Shows: 10.upgrade 10.level
runbook rolling-upgrade "B goes down"
forget_servers B
upgraded B
runbook rolling-upgrade "B comes up with the new release"
note_source B A passive
within "$DEADLINE_S" "updates of now arrive at B" past_seqno B "$(seqno A)"

step "the service goes to B"
stop_application A
runbook rolling-upgrade "The service goes to B"
forget_servers A
root B
note_source B A active
note_source A SECONDARY passive
application B

step "A is upgraded while B goes on"
within "$DEADLINE_S" "updates of now arrive at A" past_seqno A "$(seqno B)"
runbook rolling-upgrade "A goes down"
forget_servers A
upgraded A
runbook rolling-upgrade "A comes up with the new release"
note_source A B passive
within "$DEADLINE_S" "updates of now arrive at A" past_seqno A "$(seqno B)"

step "the service goes back to A"
stop_application B
runbook rolling-upgrade "The service goes back to A"
forget_servers B
root A
note_source A B active
note_source B A passive
expect_equal A B
application A

step "C is added, from a copy of B"
within "$DEADLINE_S" "updates of now arrive at B" past_seqno B "$(seqno A)"
take_down B
copy_instance B C
standby B A
receiver B
runbook rolling-upgrade "More secondaries"
note_source C A passive
note_source A C active
within "$DEADLINE_S" "updates of now arrive at C" past_seqno C "$(seqno A)"
stop_application A
runbook rolling-upgrade "How to know that it worked"
expect_equal A B C
check_everything
power_loss C
expect_equal A B C
for site in B C; do expect_refused "$site"; done
