# shellcheck shell=bash
# The former root of a planned switchover rolls back, with nothing to take out, follows, and its machine stops before its next
# checkpoint: all that it had is there. One of its regions has had its last update long before.
only_headwater "the power loss is staged"

# expect_sound A: integ finds nothing, whether A's processes are at work or not.
expect_sound() {
  on "$1" mupip integ -region '*'
  said_times 2 "No errors detected by integ."
}

# one_region A N: N updates in DEFAULT alone.
one_region() {
  local i
  for ((i = 1; i <= $2; ++i)); do echo "set ^alone(\"$1\",$i)=$i"; done | quietly "$1" "${STATEMENTS[@]}" ||
    fail "updates in one region of $1"
}

# hand_over OLD NEW: as docs/runbook/planned-switchover.md has it.
hand_over() {
  local old=$1 new=$2
  in_step "$old" "$new"
  take_down "$old"
  promote "$new" "$old"
  one_region "$new" 3
  on "$old" mupip journal -rollback -backward -fetchresync="$(port "$old")" -losttrans="$FOLDER/$old.lost" '*'
  said "Rollback successful"
  expect_sound "$old"
  standby "$old" "$new"
  receiver "$old"
}

# machine_stops A: and it starts again, with another boot id.
machine_stops() {
  crash "$1"
  export HW_BOOT_ID=after-the-power-loss-of-$1
  on "$1" mupip rundown -region '*'
  unset HW_BOOT_ID
  expect_sound "$1"
}

instance A B
root A
link A B
update A 100
one_region A 60
expect_equal A B

for turn in "A B" "B A"; do
  read -r old new <<<"$turn"
  step "$old hands over to $new and follows it"
  hand_over "$old" "$new"
  one_region "$new" 7
  expect_equal "$new" "$old"
  expect_sound "$new"
  expect_sound "$old"
  wanted=$(digest "$new")

  step "the machine of $old stops"
  machine_stops "$old"
  [[ $(digest "$old") == "$wanted" ]] || fail "$old lost what it had"
  on "$old" mupip journal -rollback -backward '*'
  said "Rollback successful"
  [[ $(digest "$old") == "$wanted" ]] || fail "$old lost in a rollback what it had"
  expect_sound "$old"

  step "it follows again"
  standby "$old" "$new"
  receiver "$old"
  update "$new" 20
  expect_equal "$new" "$old"
done
