# shellcheck shell=bash
# Four processes move money between accounts of two regions while B follows: every look at A or B, in one transaction,
# finds the same sum. The transfers go on until there have been enough looks, however fast the machine is.
only_headwater "the bank program is linked with the library"
readonly LOOKS=20 ROUND=500
instance A B
root A
link A B
on A "$HW_BANK" open 50
expect_equal A B

# transfers JOB: rounds of transfers until the looks are done; leaves the number of rounds
transfers() {
  local round=0
  until [[ -e $FOLDER/enough ]]; do
    round=$((round + 1))
    quietly A "$HW_BANK" transfer "$ROUND" $((1000 * $1 + round)) || return 1
  done
  echo "$round" >"$FOLDER/rounds.$1"
}

jobs=()
for job in 1 2 3 4; do
  transfers "$job" &
  jobs+=($!)
done
for ((look = 0; look < LOOKS; look++)); do
  for site in A B; do
    sum=$(quietly "$site" "$HW_BANK" sum) || fail "reading on $site"
    [[ $sum -eq 50000 ]] || fail "sum on $site is $sum"
  done
done
touch "$FOLDER/enough"
for job in "${jobs[@]}"; do wait "$job" || fail "a transfer process failed"; done
rounds=0
for job in 1 2 3 4; do rounds=$((rounds + $(<"$FOLDER/rounds.$job"))); done
expect_equal A B
expect_seqno A $((rounds * ROUND + 1))
for site in A B; do [[ $(quietly "$site" "$HW_BANK" sum) -eq 50000 ]] || fail "sum on $site at the end"; done
