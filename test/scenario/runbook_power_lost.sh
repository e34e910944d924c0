# shellcheck shell=bash
# docs/runbook/power-lost.md: the primary loses power, and later its secondary.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 200
expect_equal A B

step "the primary"
power_off A
runbook power-lost "Steps, the primary"
note_source A B active
update A 50
expect_equal A B

step "the secondary, while the primary goes on"
application A
power_off B
runbook power-lost "Steps, a secondary"
note_source B A passive
stop_application A
runbook power-lost "How to know that it worked"
expect_equal A B
check_everything
