# shellcheck shell=bash
# docs/runbook/primary-back.md: B has taken over from A, which had transactions that nobody else has.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 100
expect_equal A B
freeze A source B
update A 10
crash A
promote B A
update B 20

step "A comes back" # Shows: 7.lostfile
runbook primary-back "Steps"
note_source A B passive
runbook primary-back "How to know that it worked"
expect_equal B A
check_everything
power_loss A
expect_equal B A
