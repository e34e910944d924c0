# shellcheck shell=bash
# mupip freeze: updates of a frozen region wait and then go on, at the root and at a secondary; reads and backups go on.
instance A B
root A
link A B
update A 20
expect_equal A B
allow HWFROZEN

step "what GT.M says"
on A mupip freeze -on '*'
said "Region DEFAULT is now FROZEN"
said "Region XREG is now FROZEN"
said "All requested regions frozen"
on A mupip freeze -on DEFAULT
on A mupip freeze -off '*'
said "Region XREG is now UNFROZEN"
said "All requested regions unfrozen"
on A mupip freeze -off '*'
expect_message A 130 "%GTM-E-NOREGION, REGION not found: NOSUCH" mupip freeze -on NOSUCH
for wrong in "-on -off" "-off -record" "-on -override" ""; do
  # shellcheck disable=SC2086
  expect_message A 106 "%GTM-E-CLIERR" mupip freeze $wrong DEFAULT
done

step "updates of a frozen region wait, others do not"
on A mupip freeze -on XREG
(echo 'set ^x("waits")=1' | quietly A "${STATEMENTS[@]}" >"$FOLDER/waited" 2>&1; echo "status $?" >>"$FOLDER/waited") &
waiter=$!
echo 'set ^a("goes on")=1' | quietly A "${STATEMENTS[@]}" || fail "the other region takes no update"
extract A | grep -q '"goes on"' || fail "the update of the other region is not there"
extract A | grep -q '"waits"' && fail "an update of a frozen region was made"
[[ -d /proc/$waiter ]] || fail "the update did not wait: $(cat "$FOLDER/waited")"
on A mupip freeze -off XREG
wait "$waiter"
grep -qx "status 0" "$FOLDER/waited" || fail "the update that had waited: $(cat "$FOLDER/waited")"
extract A | grep -q '"waits"' || fail "the update that had waited is not there"

step "a secondary whose regions are frozen receives, and applies later"
expect_equal A B
behind=$(seqno B)
on B mupip freeze -on '*'
update A 10
[[ $(seqno B) == "$behind" ]] || fail "B applied to a frozen region"
on B mupip replicate -receiver -checkhealth
on B mupip freeze -off '*'
expect_equal A B
