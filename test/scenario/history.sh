# shellcheck shell=bash
# History records travel with the data, name the root and never who relayed, and reach a late joiner also for reigns it
# never saw. A reign without updates is overwritten by the next.
instance A B C D
root A
link A B
link B C
update A 100
expect_equal A B C

step "three reigns of A, the second without an update" # Shows: 2.empty-reign
take_down A
feed A B
take_down A
feed A B
update A 100
expect_equal A B C
for site in A B C; do expect_history "$site" "A 1 1" "A 101 3"; done

step "B becomes root and does nothing; A becomes root again" # Shows: 2.empty-reign breaks.5
switchover A B
for site in A B C; do expect_history "$site" "A 1 1" "A 101 3" "B 201 1"; done
switchover B A
for site in A B; do expect_history "$site" "A 1 1" "A 101 3" "A 201 4"; done
update A 100
expect_equal A B C
for site in B C; do expect_history "$site" "A 1 1" "A 101 3" "A 201 4"; done

step "D joins late, two steps down" # Shows: 2.travels 2.names-root breaks.3
link C D
expect_equal A D
expect_history D "A 1 1" "A 101 3" "A 201 4"
expect_log D receiver "Root Primary = [A] : Cycle = [4]"
