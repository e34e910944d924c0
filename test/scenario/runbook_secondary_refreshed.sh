# shellcheck shell=bash
# docs/runbook/secondary-refreshed.md: a secondary whose databases are damaged, while its primary goes on.
only_headwater "the pages speak of our programs"
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C
take_down B
unfeed A B
head -c 100000 /dev/zero | tr '\0' 'x' >"$FOLDER/B/gtm.dat"
application A

it_worked() {
  runbook secondary-refreshed "How to know that it worked"
  expect_equal A B C
  update A 50
  expect_equal A B C
  check_everything
  power_loss B
  expect_equal A B C
}

step "a backup of A becomes B" # Shows: 6.restore 6.updateresync
runbook secondary-refreshed "Steps"
note_source B A passive
note_source A B active
stop_application A
it_worked

step "again, from the older backup and the journal files since" # Shows: 6.restore
take_down B
update A 50
application A
now=$(seqno A)
within "$DEADLINE_S" "A takes updates" past_seqno A $((now + 1000))
runbook secondary-refreshed "Steps, from an older backup"
note_source B A passive
stop_application A
it_worked

step "over the network, while A takes updates" # Shows: 6.refresh
take_down B
unfeed A B
update A 50
application A
runbook secondary-refreshed "Steps, over the network"
note_source A B active
note_source B A passive
stop_application A
it_worked
