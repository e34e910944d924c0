# shellcheck shell=bash
# A feeds B and C, B feeds D, C feeds E. A's machine stops with nothing unsent: B becomes root on the fly, C comes under B,
# D and E are not touched. When A is back it becomes a secondary of B.
instance A B C D E
root A
link A B
link A C
link B D
link C E
update A 300
expect_equal A B C D E
for kind in "B source A" "C receiver" "C source E" "D receiver" "D update" "E receiver" "E update"; do
  # shellcheck disable=SC2086
  remember $kind
done

step "A crashes; B becomes root" # Shows: 5.failover 5.secondary-primary 5.reparent 3.activate.2
crash A
expect_refused B
promote B A
feed B C
update B 200
expect_equal B C D E
for kind in "B source A" "C receiver" "C source E" "D receiver" "D update" "E receiver" "E update"; do
  # shellcheck disable=SC2086
  expect_same $kind
done
for site in B C D E; do expect_history "$site" "A 1 1" "B 301 1"; done
for site in C D E; do expect_refused "$site"; done
check_everything
power_loss C
expect_equal B C D E

step "A comes back as a secondary" # Shows: 2.crash 11.REPLREQROLLBACK 5.primary-secondary
expect_message A 170 "%GTM-E-REPLREQROLLBACK, Replication instance file @/A/gtm.repl indicates abnormal shutdown" \
  mupip replicate -source -start -passive -instsecondary=B -log="$FOLDER/A/source-B.log" -propagateprimary
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward '*'
standby A B
receiver A
expect_equal B A C D E
expect_history A "A 1 1" "B 301 1"
check_everything
power_loss A
expect_equal B A C D E
