# shellcheck shell=bash
# mupip integ and its digests while updates flow: no false alarm, and both sites agree at a seqno that both have passed.
only_headwater "the digest is ours"
instance A B
root A
link A B
update A 50
application A

step "checks while an application updates"
for round in 1 2 3 4 5; do
  for site in A B; do
    on $site mupip integ -region '*'
    said "No errors detected by integ."
  done
done

step "digests at one seqno, taken at different moments"
goal=$(seqno A)
within "$DEADLINE_S" "A has gone on, so that its digest must be taken back" past_seqno A "$goal"
on A mupip integ -digest="$goal" -region '*'
here=$(cat "$SAID")
# Refused while B has not come to the seqno.
within "$DEADLINE_S" "B is at seqno $goal" quietly B mupip integ -digest="$goal" -region '*'
on B mupip integ -digest="$goal" -region '*'
[[ $here == "$(cat "$SAID")" ]] || fail "A: $here"$'\n'"B: $(cat "$SAID")"
stop_application A
expect_equal A B
