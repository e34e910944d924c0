# shellcheck shell=bash
# Four processes move money between accounts of two regions while B follows: every look at A or B, in one transaction,
# finds the same sum.
only_headwater "the bank program is linked with the library"
instance A B
root A
link A B
on A "$HW_BANK" open 50
expect_equal A B

jobs=()
for seed in 1 2 3 4; do
  quietly A "$HW_BANK" transfer 3000 $seed &
  jobs+=($!)
done
looks=0
while kill -0 "${jobs[0]}" 2>/dev/null || kill -0 "${jobs[3]}" 2>/dev/null; do
  for site in A B; do
    sum=$(quietly "$site" "$HW_BANK" sum) || fail "reading on $site"
    [[ $sum -eq 50000 ]] || fail "sum on $site is $sum"
    looks=$((looks + 1))
  done
done
for job in "${jobs[@]}"; do wait "$job" || fail "a transfer process failed"; done
expect_equal A B
expect_seqno A 12001
for site in A B; do [[ $(quietly "$site" "$HW_BANK" sum) -eq 50000 ]] || fail "sum on $site at the end"; done
[[ $looks -gt 2 ]] || fail "only $looks looks"
