# shellcheck shell=bash
# docs/runbook/planned-switchover.md, there and back.
only_headwater "the pages speak of our programs"
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C

step "from A to B" # Shows: 5.switchover
runbook planned-switchover "Steps"
root B
note_source B A active
note_source B C active
runbook planned-switchover "How to know that it worked"
update B 50
expect_equal B A C
check_everything
power_loss A
expect_equal B A C

step "and back"
runbook planned-switchover "Steps" A=B B=A
root A
runbook planned-switchover "How to know that it worked" A=B B=A
update A 50
expect_equal A B C
check_everything
power_loss B
expect_equal A B C
