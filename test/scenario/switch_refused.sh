# shellcheck shell=bash
# Changes of a region that the system refuses half way: a journal switch in a folder with the sticky bit, a freeze and a move of
# the journal on a full disk. What is refused has not been done, what has been done is said, and updates go on. And who may
# only read ends nobody's freeze.
only_headwater "files and messages of our own"
need_users
site_of_users A 664 -replication=on
can gtm A mupip replicate -instance_create -name=A
chmod 664 "$FOLDER/A/gtm.repl"
start() { # A
  can gtm "$1" mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/$1/source.log" -buffsize=1048576
  POOL[$1]=up
}
start A

step "a member of the group may not rename the owner's journal"
chmod 3775 "$FOLDER/A"
can gtm A gbl set '^a(1)' 1
for _ in 1 2; do
  cannot ann A mupip set -journal=enable,on,before -region DEFAULT
  said "%SYSTEM-E-ENO1, Operation not permitted"
  said "Journal file @/A/gtm.mjl stays in use"
  [[ ! -e $FOLDER/A/gtm.mjl_new ]] || fail "the new file is left"
done
for i in 2 3 4 5; do can ann A gbl set "^a($i)" "$i"; done
can gtm A timeout -s KILL 60 mupip backup -nonewjnlfiles DEFAULT "$FOLDER/A/copy.dat"
can gtm A mupip journal -extract="$FOLDER/A/all.mjf" -forward "$FOLDER/A/gtm.mjl"
[[ $(grep -c '\^a(' "$FOLDER/A/all.mjf") -eq 5 ]] || fail "the journal in use has not all updates: $(cat "$FOLDER/A/all.mjf")"

step "who may only read ends no freeze"
can gtm A mupip freeze -on DEFAULT
cannot reader A mupip freeze -off -override DEFAULT
as reader A dse change -fileheader -freeze=false
can gtm A dse dump -fileheader -all
said "FROZEN BY USER 20001"
can gtm A mupip freeze -off DEFAULT

step "after a power loss everything is there"
kill_all_of A
remove_noted_segments
POOL[A]=
can gtm A env HW_BOOT_ID=00000000-0000-0000-0000-000000000009 mupip journal -rollback -backward '*'
for i in 1 2 3 4 5; do reads gtm A "^a($i)" "$i"; done
cannot reader A mupip integ -rebuild -region DEFAULT
reads gtm A '^a(5)' 5
INSTANCES=()

if ! own_space || ! mkdir "$FOLDER/disk" || ! mount -t tmpfs -o size=24m scenario "$FOLDER/disk" 2>/dev/null; then
  echo "not shown: no file system can be mounted here"
  return 0
fi
site_of_users B 664 -replication=on
can gtm B mupip replicate -instance_create -name=B
cp -a --sparse=never "$FOLDER/B/." "$FOLDER/disk/" || fail "B does not fit onto the disk"
mount --bind "$FOLDER/disk" "$FOLDER/B" || fail "B cannot be put onto the disk"
eval "$(declare -f clear_away | sed '1s/clear_away/clear_away_files/')"
clear_away() {
  cd /
  umount -l "$FOLDER/B" "$FOLDER/disk"
  clear_away_files
}
start B
for i in {1..50}; do echo "set ^a($i)=$i"; done >"$FOLDER/updates"
chmod 644 "$FOLDER/updates"
can gtm B gbl run "$FOLDER/updates"

step "a full disk: a freeze is done, or is not"
dd if=/dev/zero of="$FOLDER/B/filler" bs=4k count=100000 status=none 2>/dev/null
as gtm B mupip freeze -on DEFAULT
frozen=$STATUS
can gtm B dse dump -fileheader -all
if [[ $frozen -eq 0 ]]; then said "FROZEN BY USER"; else ! grep -q "FROZEN BY USER" "$SAID" || fail "status $frozen, and frozen"; fi
as gtm B mupip freeze -off DEFAULT

step "the journal is moved to another disk, or stays"
mkdir "$FOLDER/other"
chown 20001:30000 "$FOLDER/other"
as gtm B mupip set -journal="enable,on,before,filename=$FOLDER/other/gtm.mjl" -region DEFAULT
moved=$STATUS
cp "$SAID" "$SAID.moved"
can gtm B dse dump -fileheader
if [[ $moved -eq 0 ]]; then
  said "$FOLDER/other/gtm.mjl"
  grep -q "%GTM-I-JNLCREATE, Journal file $FOLDER/other/gtm.mjl created" "$SAID.moved" || fail "not said: $(cat "$SAID.moved")"
else
  ! grep -qF "$FOLDER/other/gtm.mjl" "$SAID" || fail "status $moved, and moved: $(cat "$SAID.moved")"
fi
rm "$FOLDER/B/filler"
can gtm B gbl set '^a(51)' 51
kill_all_of B
remove_noted_segments
POOL[B]=
can gtm B env HW_BOOT_ID=00000000-0000-0000-0000-000000000009 mupip journal -rollback -backward '*'
reads gtm B '^a(51)' 51
INSTANCES=()
