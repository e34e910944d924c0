# shellcheck shell=bash
# Output that could not be written is a failure, in every command. Standard streams: a full disk, and a reader that has gone;
# each command is run once as it is, to see which streams it writes to, and then with each of them broken. Who closes a stream
# wants nothing of it: docs/signals.md. Files: a full disk. A command that prints nothing does not care.
only_headwater "the statuses are ours"

mkdir "$FOLDER/C" "$FOLDER/D"
for site in C D; do global_directory $site; done
on C mupip create
on C mupip set -journal=enable,on,before -region '*'
on C gbl set '^y(1)' 1
instance A B
root A
standby A B
for i in {1..20}; do echo "set ^y($i)=$i"; done | quietly A gbl
take_down A
on A mupip journal -rollback -backward -resync=15 -losttrans=lost '*'
sed -i '1s/SECONDARY/PRIMARY/' "$FOLDER/A/lost"  # As one whom somebody else took over from.
for region in DEFAULT XREG; do  # And as one that took over.
  printf 'find -region=%s\nchange -fileheader -zqgblmod_seqno=FFFF -zqgblmod_tn=1\n' $region | quietly A dse >"$SAID" 2>&1 || fail "$(cat "$SAID")"
done
choose_port refresh
link A B -refreshport="${PORT[refresh]}"
for site in A C; do on "$site" mupip extract extract.zwr; done
on A mupip backup DEFAULT copy.dat
on A mupip backup -bytestream DEFAULT increment
on A mupip journal -extract=other.mjf -forward gtm.mjl
echo 'write ^y(1)' >"$FOLDER/A/statements"
echo 'show -map' >"$FOLDER/A/commands.com"

# SITE|COMMAND#BEFORE: words of a shell; BEFORE makes room for the command to be run once more.
SHUT='mupip replicate -source -shutdown -timeout=0'
ACTIVATE='mupip replicate -source -activate -instsecondary=A -secondary=127.0.0.1:1 -propagateprimary'
DEACTIVATE='mupip replicate -source -deactivate -instsecondary=A'
UNTIL='; until mupip replicate -source -checkhealth -instsecondary=A 2>&1 | grep -q'  # A mode is changed by and by.
UNTIL_PASSIVE="$UNTIL PASSIVE; do :; done" UNTIL_ACTIVE="$UNTIL ACTIVE; do :; done"
PASSIVE='mupip replicate -source -start -passive -instsecondary=Z -log=z.log -rootprimary'
UPDATE_STOP='mupip replicate -receiver -shutdown -updateonly -timeout=0' UPDATE_START='mupip replicate -receiver -start -updateonly'
RECEIVER="mupip replicate -receiver -start -listenport=${PORT[B]} -log=receiver.log -buffsize=$POOL_BYTES"
NO_INSTANCE="$SHUT; mupip rundown -region '*'; rm -f gtm.dat* x.dat* gtm.repl* *.mjl*"
REFRESH="mupip replicate -refresh -from=127.0.0.1:${PORT[refresh]} -name=D -log=d.log -buffsize=$POOL_BYTES"
TABLE=(
  "A|gbl get '^y(1)'" "A|gbl data ^y" "A|gbl order '^y(1)'" "A|gbl query '^y'" "A|gbl zwrite ^y" "A|gbl incr ^count"
  "A|gbl zqgblmod ^y" "A|gbl run statements" "A|gbl run - <statements" "A|gbl <statements" "A|gbl -help" "A|gbl -version"
  "A|gbl set ^a 1" "A|gbl kill ^a" "A|gbl zkill ^a" "A|gbl apply-lost lost"
  "A|gde show -all" "A|gde show -map" "A|gde show -name" "A|gde show -region" "A|gde show -segment" "A|gde show -commands"
  "A|gde show -template" "A|gde help" "A|gde verify -all" "A|gde <commands.com" "A|gde @commands.com" "A|gde log"
  "A|gde log -on=x.log" "A|gde setgd -file=other.gld" "A|gde exit" "A|gde quit" "A|gde show -commands -file=x.com"
  "A|env gtmgbldir=new.gld gde exit#rm -f new.gld" "C|gde add -name q* -region=XREG#gde delete -name q*"
  "C|gde delete -name q*#gde add -name q* -region=XREG" "C|gde change -region XREG -record_size=4000"
  "C|gde template -region -record_size=4000" "C|gde rename -segment XSEG YSEG#gde rename -segment YSEG XSEG"
  "C|mupip create -region=XREG#rm -f x.*"
  "A|mupip help" "A|mupip help set" "A|mupip set -help" "A|mupip version" "A|mupip </dev/null" "A|mupip <<<version"
  "A|mupip backup -replace DEFAULT copy.dat" "A|mupip backup -replace -bytestream DEFAULT increment"
  "A|mupip backup -replace -replinstance=copy.repl DEFAULT copy.dat" "A|mupip backup DEFAULT '|cat >/dev/null'"
  "A|mupip extend DEFAULT -blocks=1" "A|mupip extract -stdout" "A|mupip extract -format=go -stdout"
  "A|mupip extract -format=binary -stdout" "A|mupip extract x.zwr#rm -f x.zwr"
  "A|mupip freeze -on DEFAULT#mupip freeze -off DEFAULT" "A|mupip freeze -off DEFAULT" "A|mupip ftok gtm.dat"
  "A|mupip integ -region '*'" "A|mupip integ -region -digest '*'" "A|mupip integ -region -full '*'" "A|mupip integ -file copy.dat"
  "A|mupip journal -show -forward gtm.mjl" "A|mupip journal -verify -forward gtm.mjl"
  "A|mupip journal -extract=-stdout -forward gtm.mjl" "A|mupip journal -extract=x.mjf -forward gtm.mjl"
  "C|mupip journal -recover -forward gtm.mjl" "C|mupip load extract.zwr" "C|mupip load -stdin <extract.zwr" "C|mupip reorg"
  "A|mupip restore copy.dat increment#mupip backup -replace DEFAULT copy.dat; mupip backup -replace -bytestream DEFAULT increment"
  "C|mupip rundown -region '*'" "A|mupip set -journal=enable,on,before -region DEFAULT" "C|mupip set -file gtm.dat -key_size=300"
  "A|mupip size" "A|mupip size -select='*'" "A|mupip stop \$(sleep 9 >/dev/null 2>&1 8>&- & echo \$!)"
  "A|mupip replicate -editinstance -show gtm.repl"
  "A|env gtm_repl_instance=new.repl mupip replicate -instance_create -name=Q#rm -f new.repl"
  "A|mupip replicate -source -status -json" "A|mupip replicate -source -showbacklog" "A|mupip replicate -source -checkhealth"
  "A|mupip replicate -source -jnlpool -show" "A|mupip replicate -source -changelog -log=s.log -instsecondary=B"
  "A|mupip replicate -source -statslog=on -instsecondary=B" "A|mupip replicate -source -freeze"
  "A|mupip replicate -source -freeze=off" "A|mupip replicate -source -losttncomplete"
  "A|mupip replicate -source -needrestart -instsecondary=B" "B|$ACTIVATE#$DEACTIVATE$UNTIL_PASSIVE"
  "B|$DEACTIVATE#$ACTIVATE$UNTIL_ACTIVE"
  "A|$PASSIVE#$SHUT -instsecondary=Z" "A|$SHUT -instsecondary=Z#$PASSIVE"
  "B|mupip replicate -receiver -checkhealth" "B|mupip replicate -receiver -showbacklog"
  "B|mupip replicate -receiver -changelog -log=r.log" "B|mupip replicate -receiver -statslog=on" "B|$UPDATE_STOP#$UPDATE_START"
  "B|$UPDATE_START#$UPDATE_STOP" "B|mupip replicate -receiver -shutdown -timeout=0#$RECEIVER"
  "B|$RECEIVER#mupip replicate -receiver -shutdown -timeout=0" "D|$REFRESH#$NO_INSTANCE"
  "A|dse help" "A|dse help dump" "A|dse version" "A|dse page" "A|dse evaluate -number=12" "A|dse </dev/null" "A|dse <<<page"
  "A|dse dump -fileheader" "A|dse dump -fileheader -all" "A|dse dump -block=3" "A|dse find -key='^y(1)'" "A|dse find -region"
  "A|dse cache -show" "A|dse all -buffer_flush" "A|dse buffer_flush" "C|dse change -fileheader -key_max_size=200"
)

step "the table has every command"
every() { printf '%s\n' "${TABLE[@]}" | grep -q -e "$1\( \|=\|\"\|#\|\$\)" || fail "no row of: $1"; }
for program in mupip dse gbl; do
  on A "$program" -help
  while read -r name; do
    # These print nothing.
    [[ $name == exit || $name == quit ]] || every "$program $name"
  done < <(sed -n "s/^   \([a-z_]\+\)  *[A-Z].*/\1/p; s/^  gbl \([a-z-]\+\)  *[A-Z].*/\1/p" "$SAID" | sort -u)
done
for server in source receiver; do
  attempt A mupip replicate -$server -log=x.log
  for name in $(sed -n 's/.*check documentation: //p' "$SAID" | head -1 | tr '[:upper:]' '[:lower:]'); do
    # There is no filter here.
    [[ $name == stop*filter ]] || every "mupip replicate -$server -$name"
  done
done

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
for row in "${TABLE[@]}"; do
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
