# shellcheck shell=bash
# docs/runbook/database-damaged.md: single bytes of A's database have changed on disk.
only_headwater "the pages speak of our programs"
instance A B
root A
link A B
update A 200
expect_equal A B
page="database-damaged"

step "a value changes on disk"
at=$(grep -abo 'value 98 of A' "$FOLDER/A/gtm.dat" | tail -1 | cut -d: -f1)
[[ -n $at ]] || fail "the node to be damaged is not in the file"
for at in $(grep -abo 'value 98 of A' "$FOLDER/A/gtm.dat" | cut -d: -f1); do
  printf 'V' | dd of="$FOLDER/A/gtm.dat" bs=1 seek="$at" conv=notrunc status=none
done
runbook $page "See what is damaged"
said 'node ^a("A",98): image and journal have another value'
runbook $page "Stop the instance"
forget_servers A
runbook $page "Make the region again"
runbook $page "Start again"
note_source A B active
update A 20
expect_equal A B
runbook $page "How to know that it worked"
check_everything
power_loss A
expect_equal A B

step "digests of both sites agree, also at an earlier seqno"
for seqno in "" =150; do
  attempt A mupip integ -digest$seqno -region '*'
  here=$(cat "$SAID")
  attempt B mupip integ -digest$seqno -region '*'
  [[ $STATUS -eq 0 && $here == "$(cat "$SAID")" ]] || fail "A: $here"$'\n'"B: $(cat "$SAID")"
done
