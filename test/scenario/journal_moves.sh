# shellcheck shell=bash
# The journal of a region that is in use goes on in another folder, as when its disk fills up: while an application and
# servers are at work, through the death of everybody and a power loss, with the old file gone; and a journal that is lost.
only_headwater "GT.M's mupip set says other things"
instance A B
root A
link A B
update A 40
mkdir "$FOLDER/A/disk2" "$FOLDER/A/disk3"
journal() { quietly A mupip integ -brief -region DEFAULT >/dev/null 2>&1; quietly A dse dump -fileheader 2>&1 | sed -n 's/.*Journal File: *//p' | head -1; }
move() { on A mupip set -journal="enable,on,before,file=$FOLDER/A/$1" -region DEFAULT; }

# come_back [BOOT]: A after the death of all its processes; with BOOT, of its machine.
come_back() {
  on A env ${1:+HW_BOOT_ID="$1"} mupip journal -rollback -backward '*'
  forget_servers A
  feed A B
  update A 10
  expect_equal A B
}

step "while an application is at work"
application A
move disk2/a.mjl
said "%GTM-I-JNLCREATE, Journal file @/A/disk2/a.mjl created for region DEFAULT with BEFORE_IMAGES"
seqno=$(seqno A)
within "$DEADLINE_S" "the application goes on" past_seqno A "$seqno"
stop_application A
expect_equal A B
on A mupip integ -region '*'

step "a name that is taken, that is too long, or in no folder is refused, and nothing changes"
: >"$FOLDER/A/disk2/taken.mjl"
long=$FOLDER/A/$(printf 'l%.0s' {1..240}).mjl
for bad in "$FOLDER/A/disk2/taken.mjl" "$long" "$FOLDER/A/nowhere/a.mjl"; do
  attempt A mupip set -journal="enable,on,before,file=$bad" -region DEFAULT
  [[ $STATUS -ne 0 && $STATUS -lt 128 || $STATUS -ge 160 ]] || fail "status $STATUS: $(cat "$SAID")"
  update A 5
  expect_equal A B
done

step "the old file is not needed any more: everybody dies, then a power loss"
update A 20
rm "$FOLDER/A/gtm.mjl"
crash A
come_back
move disk3/a.mjl
update A 10
expect_equal A B
rm -r "$FOLDER/A/disk2"
crash A
come_back another

step "killed at JournalClosedNotRenamed"
attempt A env HW_FAIL=JournalClosedNotRenamed:kill mupip set -journal="enable,on,before,file=$FOLDER/A/killed.mjl" -region DEFAULT
[[ $STATUS -eq 137 ]] || fail "status $STATUS: $(cat "$SAID")"
update A 10
expect_equal A B
on A mupip integ -region '*'

step "and everybody with it"
attempt A env HW_FAIL=JournalClosedNotRenamed:kill mupip set -journal="enable,on,before,file=$FOLDER/A/last.mjl" -region DEFAULT
crash A
come_back
