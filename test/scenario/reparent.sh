# shellcheck shell=bash
# C moves from A to B and back, under load; its receiver runs through. History names the root, whoever relayed.
instance A B C
root A
link A B
link A C
application A
remember C receiver
step "C under B" # Shows: 5.reparent
unfeed A C
feed B C
expect_log B source-C "REPL_WILL_RESTART_WITH_INFO"
check_everything
step "C under A again" # Shows: 5.reparent
unfeed B C
feed A C
stop_application A
expect_equal A B C
expect_same C receiver
expect_history C "A 1 1"
check_everything

step "C under B, from journal files" # Shows: 5.reparent 4.files 2.names-root
unfeed A C
update A 15000
expect_equal A B
feed B C
expect_equal A B C
expect_log B source-C "now reading from journal files"
expect_history C "A 1 1"
check_everything
for site in C B; do
  power_loss $site
  update A 20
  expect_equal A B C
done
expect_history C "A 1 1"
