# shellcheck shell=bash
# docs/runbook/disk-full.md: A's disk, a small file system of its own, fills up while it takes updates.
only_headwater "the pages speak of our programs"
instance A B
disk=$FOLDER/disk
mkdir "$disk"
if ! own_space || ! mount -t tmpfs -o size=32m scenario "$disk" 2>/dev/null; then
  echo "skipped: no file system can be mounted here"
  exit 77
fi
cp -a --sparse=never "$FOLDER/A/." "$disk/" || fail "A does not fit onto the disk"
mount --bind "$disk" "$FOLDER/A" || fail "A cannot be put onto the disk"
# The mounts are of this scenario's own name space, and end with it; the folder can only be removed without them.
eval "$(declare -f clear_away | sed '1s/clear_away/clear_away_files/')"
clear_away() {
  cd /
  umount -l "$FOLDER/A" "$disk"
  clear_away_files
}
root A
link A B
update A 20
expect_equal A B

step "the disk fills up"
dd if=/dev/zero of="$FOLDER/A/filler" bs=64k count=10000 status=none 2>/dev/null
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "set ^fill(%d)=\"%03000d\"\n", i, i }' >"$FOLDER/fill"
attempt A gbl run "$FOLDER/fill"
[[ $STATUS -ne 0 ]] || fail "12 MB of updates were taken on a full disk"
said "%SYSTEM-E-ENO28, No space left on device"
runbook disk-full "See it"
runbook disk-full "Make room"
runbook disk-full "How to know that it worked"
expect_equal A B
check_everything
power_loss A
expect_equal A B
