# shellcheck shell=bash
# The harness itself: scenarios that leave damage without a word, name damage that is not there, or lose something by a power loss,
# fail, and say why.
only_headwater "the checks are ours"

# ends STATUS TEXT SCRIPT: a scenario of two instances, and then the script, ends so.
ends() {
  printf '%s\n' 'instance A B' 'root A' 'link A B' 'update A 20' 'expect_equal A B' "$3" >"$FOLDER/inner.sh"
  HW_RECORD='' "$HARNESS/../run" "$FOLDER/inner.sh" >"$SAID" 2>&1
  STATUS=$?
  [[ $STATUS -eq $1 ]] || fail "status $STATUS, not $1: $(cat "$SAID")"
  said "$2"
}
damage='take_down A
for at in $(grep -abo "value 8 of A" A/gtm.dat | cut -d: -f1); do
  printf V | dd of=A/gtm.dat bs=1 seek="$at" conv=notrunc status=none
done'

step "all is well"
ends 0 "power lost by" ""
step "a node has changed"
ends 1 'FAILED: integ of A, status 178: ' "$damage"
step "it was meant to"
ends 0 "power lost by" "$damage
leaves_damage A integ 'node ^a(\"A\",8): image and journal have another value' 'a byte was changed'"
step "something else was meant to be damaged"
ends 1 "FAILED: integ of A was to fail with: node ^x" "$damage
leaves_damage A integ 'node ^x' 'a byte was changed'"
step "damage that is not there"
ends 1 "FAILED: start of B succeeds, and was to fail with: %GTM-E-REPLINSTDBMATCH" \
  "leaves_damage B start '%GTM-E-REPLINSTDBMATCH' 'the instance file is old'"
step "a power loss after which less is there"
ends 1 "and after a power loss" 'recover_after_power_loss() {
  attempt "$1" mupip rundown -region "*"
  on "$1" mupip journal -rollback -backward -resync=10 "*"
}
power_loss B'
step "the same at the end, of whoever it is"
ends 1 "and after a power loss" 'recover_after_power_loss() {
  attempt "$1" mupip rundown -region "*"
  on "$1" mupip journal -rollback -backward -resync=10 "*"
}'
