# shellcheck shell=bash
# A secondary made from a copy of A's databases, with a new instance file. Its update process dies, and later the whole
# secondary restarts, before it has processed one update since -updateresync: nothing hangs, nothing changes.
only_headwater "GT.M's second start finds no history for the seqno of the copy"
instance A
root A
standby A C
update A 300
take_down A

step "C from a copy of A" # Shows: 4.decided.updateresync breaks.15 breaks.21
copy_instance A C
feed A C
standby C A
receiver C "$UPDATERESYNC"
kill9 C update
update_process C
expect_log C receiver "Received REPL_WILL_RESTART_WITH_INFO message with seqno 301"
expect_history C "A 300 1" "A 301 2"
expect_equal A C

step "C restarts without having processed one update" # Shows: 4.decided.first-update
take_down C
standby C A
receiver C
expect_equal A C

step "C loses power without having processed one update: the rollback after it keeps its history"
power_loss C
expect_history C "A 300 1" "A 301 2"
update A 100
expect_equal A C
expect_history C "A 300 1" "A 301 2"
