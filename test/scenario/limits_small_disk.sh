# shellcheck shell=bash
# A file system of memory that is as small as /dev/shm may be in a container, filled to its end: every command says so, none ends by a
# signal (a store into a mapped file that finds no room is one), and what was accepted is there when there is room again.
only_headwater "GT.M has other messages"
if ! own_space || ! mkdir "$FOLDER/P" || ! mount -t tmpfs -o size=1m scenario "$FOLDER/P" 2>/dev/null; then
  echo "skipped: needs a file system of its own"
  exit 77
fi
COMMANDS=("gbl set ^b 1" "gbl get ^a(1)" "gbl kill ^b" "mupip extract -stdout" "mupip extract x.zwr" "mupip integ -region *" "mupip integ -digest -region *"
  "mupip set -journal=enable,on,before -region *" "mupip backup DEFAULT b.dat" "mupip backup -bytestream DEFAULT b.inc" "mupip freeze -on *"
  "mupip freeze -off *" "mupip reorg" "mupip rundown -region *" "mupip extend DEFAULT -blocks=2000" "mupip size"
  "mupip journal -extract=x.mjf -forward gtm.mjl" "mupip journal -recover -backward gtm.mjl" "mupip set -key_size=200 -region DEFAULT"
  "mupip integ -rebuild -region *" "dse dump -fileheader" "dse all -buffer_flush" "gde add -name z* -region=DEFAULT")
said_something() { # COMMAND
  [[ $STATUS -ne 124 && $STATUS -ne 137 ]] || fail "hangs at $size: $1"
  [[ $STATUS -eq 0 ]] || grep -qE '%G(TM|DE)-[EFW]-' "$SAID" || fail "status $STATUS without a message at $size: $1"$'\n'"$(cat "$SAID")"
}
for size in 500k 900k 1400k 2m 3m 6m 9m 14m; do
  step "$size"
  umount "$FOLDER/P"
  mount -t tmpfs -o size=$size scenario "$FOLDER/P" || fail "no file system of $size"
  printf 'change -segment DEFAULT -file="%s" -alloc=16\nexit\n' "$FOLDER/P/gtm.dat" | quietly P gde >"$SAID" 2>&1 || fail "gde: $(cat "$SAID")"
  attempt P mupip create
  said_something create
  attempt P mupip set -journal=enable,on,before,allocation=2048 -region '*'
  said_something "set -journal"
  seq 1 100000 | awk '{ printf "set ^a(%d)=\"%0200d\"\n", $1, $1 }' | quietly P gbl >"$SAID" 2>&1
  STATUS=${PIPESTATUS[1]}
  said_something gbl
  [[ $STATUS -ne 0 ]] || fail "all of it finds room in $size"
  accepted=$(($(sed -n 's/.*line \([0-9]*\) of standard input.*/\1/p' "$SAID" | head -1) - 1))
  for command in "${COMMANDS[@]}"; do
    set -f
    # shellcheck disable=SC2086
    attempt P $command
    set +f
    said_something "$command"
    [[ $command != "gbl kill"* ]] || rm -f "$FOLDER/P"/[xb].*
  done
  mount -o remount,size=100m "$FOLDER/P" || fail "no more room"
  [[ -e $FOLDER/P/gtm.dat ]] || continue
  on P mupip rundown -region '*'
  on P mupip integ -region '*'
  found=$(quietly P mupip extract -stdout 2>/dev/null | grep -c '^\^a(')
  [[ $found -eq $accepted ]] || fail "$accepted updates were accepted in $size, and $found are there"
  echo "$size: $accepted updates"
done
umount "$FOLDER/P"
