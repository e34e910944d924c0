# shellcheck shell=bash
# Output that could not be written is a failure, in every command. Standard streams: a full disk, and a reader that has gone;
# each command is run once as it is, to see which streams it writes to, and then with each of them broken. Who closes a stream
# wants nothing of it: docs/signals.md. Files: a full disk. A command that prints nothing does not care.
only_headwater "the statuses are ours"

command_sites
command_table

step "the table has every command"
expect_every_command

mkfifo "$FOLDER/gone"
exec 7<>"$FOLDER/gone"
exec 8>"$FOLDER/gone" 7<&-  # A pipe without a reader.
declare -A BROKEN=([full]="/dev/full" [gone]="&8")

prepare() { [[ -z $before ]] || quietly "$site" bash -c "$before" >/dev/null 2>&1 </dev/null; }
# broken FD: the command does not end well when what it writes to the stream does not arrive.
broken() {
  local way
  for way in full gone; do
    prepare
    attempt "$site" bash -c "exec $command $1>${BROKEN[$way]}"
    [[ $STATUS -ne 0 ]] || fail "stream $1 $way: status 0 from $command"
    [[ $STATUS -ne 124 ]] || fail "stream $1 $way: hangs: $command"
    [[ $1 -ne 1 ]] || grep -q '%GTM-E-' "$SAID" || fail "standard output $way: nothing is said by $command"
  done
}

step "the streams of every command"
for row in "${COMMANDS[@]}"; do
  site=${row%%|*} command=${row#*|} before=
  [[ $command != *#* ]] || before=${command#*#}
  command=${command%%#*}
  prepare
  quietly "$site" bash -c "exec $command" >"$FOLDER/out" 2>"$FOLDER/err" </dev/null ||
    fail "status $? on $site of: $command"$'\n'"$(cat "$FOLDER/out" "$FOLDER/err")"
  if [[ -s $FOLDER/out ]]; then broken 1; fi
  if [[ -s $FOLDER/err ]]; then broken 2; fi
done
for command in "headwater-powerloss --help" "headwater-sim --help" "headwater-sim --actions"; do
  attempt A bash -c "$command >/dev/full"
  [[ $STATUS -ne 0 ]] || fail "status 0 on a full disk: $command"
done
note_instance D
note_source D A passive

# SITE|FILE|COMMAND: the disk is full for what ends with the name FILE; extracts have none until they are whole.
step "files on a full disk"
FILES=(
  "A| (deleted)|mupip journal -extract=full.mjf -forward gtm.mjl" "A| (deleted)|mupip extract full.zwr"
  "A|full.dat-unfinished|mupip backup DEFAULT full.dat" "A|full.inc-unfinished|mupip backup -bytestream DEFAULT full.inc"
  "A|full.repl-unfinished|mupip backup -replinstance=full.repl DEFAULT full.dat"
  "C|.new|gde show -commands -file=full.com" "C|.new|env gtmgbldir=full.gld gde exit" "C|.new|gde change -region XREG -key_size=99"
  "C|full.repl|env gtm_repl_instance=full.repl mupip replicate -instance_create -name=Q"
  "C|gtm.mjl_new|mupip set -journal=enable,on,before -region DEFAULT" "C|x.dat|mupip create -region=XREG"
  "C|.new|gbl apply-lost lost" "C|full.log|gde <log.com" "C|gtm.dat-ckpt_new|mupip reorg -region DEFAULT"
)
rm -f "$FOLDER"/C/x.*
on A gbl set ^a 1  # A switch of the journal may have come last.
printf 'log -on=full.log\nshow -map\n' >"$FOLDER/C/log.com"
cp "$FOLDER/A/lost" "$FOLDER/C"
on C dse change -fileheader -zqgblmod_seqno=1 -zqgblmod_tn=1
on C gbl set '^y(15)' other  # A conflict.
for row in "${FILES[@]}"; do
  IFS='|' read -r site file command <<<"$row"
  attempt "$site" env LD_PRELOAD="$HW_FAILING" HW_FAILING_CALL="put:$file:28" bash -c "exec $command"
  [[ $STATUS -ne 0 ]] || fail "status 0 with a full disk: $command"
  grep -q '%G[TD][ME]-E-' "$SAID" || fail "nothing is said of a full disk: $command"$'\n'"$(cat "$SAID")"
  # A log grows under its own name.
  left=$(find "$FOLDER/$site" -name '*full*' ! -name '*.log' -o -name '*_new' -o -name '*.new' -o -name '*.conflicts')
  [[ -z $left ]] || fail "left by $command: $left"
done
on C mupip create -region=XREG
on C gbl apply-lost lost
said "conflicts: lost.conflicts"
