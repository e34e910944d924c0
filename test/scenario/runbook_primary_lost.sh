# shellcheck shell=bash
# docs/runbook/primary-lost.md: A dies with transactions that nobody else has.
only_headwater "the pages speak of our programs"
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C
freeze A source B
freeze A source C
update A 10
crash A

step "B takes over" # Shows: 5.failover
runbook primary-lost "Steps"
root B
note_source B A active
note_source B C active
runbook primary-lost "How to know that it worked"
update B 20
expect_equal B C
check_everything
power_loss C
expect_equal B C
