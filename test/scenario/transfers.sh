#!/usr/bin/env bash
# Four processes move money between accounts of two regions while B follows: every look at A or B, in one
# transaction, finds the same sum.
. "$(dirname "$0")/lib.sh"
start_both
instance A
"$BANK" open 50 || fail "accounts"
expect_equal_sites
jobs=()
for seed in 1 2 3 4; do
  "$BANK" transfer 3000 $seed &
  jobs+=($!)
done
looks=0
while kill -0 "${jobs[0]}" 2>/dev/null || kill -0 "${jobs[3]}" 2>/dev/null; do
  for site in A B; do
    instance $site
    sum=$("$BANK" sum) || fail "reading on $site"
    [ "$sum" -eq 50000 ] || fail "sum on $site is $sum"
    looks=$((looks + 1))
  done
done
for job in "${jobs[@]}"; do wait "$job" || fail "a transfer process failed"; done
expect_equal_sites
for site in A B; do
  instance $site
  [ "$("$BANK" sum)" -eq 50000 ] || fail "sum on $site at the end"
done
[ "$(posted)" -eq 12001 ] || fail "12000 transfers and the opening made $(posted) seqnos"
[ $looks -gt 2 ] || fail "only $looks looks"
pass "transfers, $looks looks"
