# shellcheck shell=bash
# A planned switchover, there and back: A feeds B and C, B feeds D. Each reign adds one history record, on every site.
instance A B C D
root A
link A B
link A C
link B D
update A 300
remember D receiver
step "A hands over to B" # Shows: 5.switchover 5.primary-secondary 2.append
switchover A B
expect_refused A
update B 200
expect_equal B A C D
for site in A B C D; do expect_history "$site" "A 1 1" "B 301 1"; done
check_everything
power_loss A
expect_equal B A C D

step "and back" # Shows: 5.switchover 2.append
switchover B A
expect_refused B
update A 100
expect_equal A B C D
for site in A B C D; do expect_history "$site" "A 1 1" "B 301 1" "A 501 2"; done
expect_same D receiver
check_everything
power_loss B
expect_equal A B C D
