# shellcheck shell=bash
# docs/runbook/backup-and-restore.md: a backup, a site that loses its databases, and its secondary that had more.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 60
expect_equal A B
backed_up=$(digest A)

step "a backup while it runs"
runbook backup-and-restore "Back up"
update A 40
expect_equal A B
check_everything

step "the databases are gone"
allow REPLAHEAD
runbook backup-and-restore "Restore"
[[ $(digest A) == "$backed_up" ]] || fail "A is not what was backed up"
runbook backup-and-restore "How to know that it worked"
expect_equal A B
check_everything
power_loss A
expect_equal A B
