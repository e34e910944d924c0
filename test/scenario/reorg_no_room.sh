# shellcheck shell=bash
# The disk of the journals is full. Commands that change a database as a whole need a new journal file: they fail, and everything can
# be read and checked as before.
only_headwater "they write a region anew in ways of our own"
mkdir "$FOLDER/V" "$FOLDER/journals"
if ! own_space || ! mount -t tmpfs -o size=8m scenario "$FOLDER/journals" 2>/dev/null; then
  echo "skipped: no file system can be mounted here"
  exit 77
fi
# The mount is of this scenario's own name space, and ends with it; the folder can only be removed without it.
eval "$(declare -f clear_away | sed '1s/clear_away/clear_away_files/')"
clear_away() {
  cd /
  umount -l "$FOLDER/journals"
  clear_away_files
}
global_directory V
on V mupip create
on V mupip set -journal=enable,on,before_images,file="$FOLDER/journals/gtm.mjl" -region DEFAULT
awk 'BEGIN { for (i = 0; i < 500; i++) printf "set ^a(%d)=\"value %d\"\n", i, i }' | quietly V "${STATEMENTS[@]}" || fail "updates"
wanted=$(digest V)
dd if=/dev/zero of="$FOLDER/journals/filler" bs=4k status=none 2>/dev/null

unchanged() {
  [[ $(digest V) == "$wanted" ]] || fail "the database is not what it was"
  on V mupip integ -region DEFAULT
  [[ -z $(find "$FOLDER" -name '*_new') ]] || fail "left: $(find "$FOLDER" -name '*_new')"
}
commands=("mupip reorg -region DEFAULT" "mupip integ -rebuild -region DEFAULT"
  "mupip set -journal=enable,on,before_images -region DEFAULT" "mupip set -replication=on -region DEFAULT")

for command in "${commands[@]}"; do
  step "$command, without room"
  # shellcheck disable=SC2086
  attempt V $command
  [[ $STATUS -ne 0 ]] || fail "it has found room"
  said "%GTM-E-JNLNOCREATE, Journal file @/journals/gtm.mjl not created"
  unchanged
done
step "with room they are done"
rm "$FOLDER/journals/filler"
for command in "${commands[@]::3}"; do
  # shellcheck disable=SC2086
  on V $command
  unchanged
done
