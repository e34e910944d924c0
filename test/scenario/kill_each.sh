# shellcheck shell=bash
# SIGKILL to one process of each kind under a live load. Only that process is started again, and no rollback is asked for.
instance A B
root A
link A B
update A 100
expect_equal A B

step "source server, active" # Shows: 5.kill breaks.19
application A
kill9 A source B
feed A B
stop_application A
expect_equal A B

step "receiver server" # Shows: 5.kill breaks.19
application A
kill9 B receiver
receiver B
stop_application A
expect_equal A B

step "update process" # Shows: 5.kill breaks.19
application A
kill9 B update
update_process B
stop_application A
expect_equal A B

step "source server, passive" # Shows: 5.kill breaks.19
application A
kill9 B source A
standby B A
stop_application A
expect_equal A B

step "application" # Shows: 5.kill breaks.19
application A
kill9 A application
application A
stop_application A
expect_equal A B
for site in A B; do expect_history "$site" "A 1 1"; done
