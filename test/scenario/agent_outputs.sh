# shellcheck shell=bash
# Output of hwd and hwadm that could not be written is a failure: the standard streams of every command, and the files of an agent on
# a full disk. The table has every command of hwadm. Commands that cannot be read to their end are one, too.
only_headwater "there are no agents"
two_sites
agent_starts n1 n2
adm_does n1 config apply "$FOLDER/shop.toml"
adm_does n1 boot
adm_shows n1 '^group acct  UP ' status
update A 5
domain_equal n1 A B
mkdir -p "$FOLDER/programs/bin"
cp "$HW_BIN/hwadm" "$FOLDER/programs/bin/"

# COMMAND: it ends well whenever it is given, and writes to standard output.
TABLE=("status" "status --check" "psr" "st" "topology" "lag" "history" "show all" "config check $FOLDER/shop.toml"
  "config apply $FOLDER/shop.toml" "config -i $FOLDER/shop.toml" "config add $FOLDER/shop.toml" "config show" "config list" "boot"
  "pause 60" "resume" "plan boot" "plan down" "plan switchover B" "losttn list" "master" "help" "help boot"
  "install links")
# Those that have more to do, or nothing here: their messages are written in the same way as those of the others (cluster/admin/output.h).
OTHERS=("config diff" "config epoch-base" "down" "switchover" "failover" "rejoin" "reparent" "refresh" "migg" "migm" "losttn show"
  "losttn diff" "losttn apply" "losttn complete" "losttn move" "drill" "fence off" "pclean" "group add" "agent add" "quit")

step "the table has every command"
hwadm help >"$SAID"
count=0
while read -r name; do
  count=$((count + 1))
  printf '%s\n' "${TABLE[@]}" "${OTHERS[@]}" | grep -qE "^$name( |\$)" || fail "no row of: $name"
  COMMANDS+=("$name")
done < <(sed -n -E 's/^   ([a-z]+( [a-z-]+)?)  +[A-Z].*/\1/p' "$SAID")
[[ $count -gt 35 ]] || fail "only $count commands were found"

mkfifo "$FOLDER/gone"
exec 7<>"$FOLDER/gone"
exec 8>"$FOLDER/gone" 7<&-  # A pipe without a reader.
declare -A BROKEN=([full]="/dev/full" [gone]="&8")
# broken STREAM WORDS: the program does not end well when what it writes there does not arrive.
broken() {
  local way
  for way in full gone; do
    attempt A bash -c "exec $2 $1>${BROKEN[$way]}"
    [[ $STATUS -ne 0 && $STATUS -ne 124 ]] || fail "stream $1 $way: status $STATUS of $2"
    [[ $1 -ne 1 ]] || grep -q '%GTM-E-' "$SAID" || fail "standard output $way: nothing is said by $2"
  done
}
# streams WORDS: each that the program writes to, when it ends well.
streams() {
  quietly A bash -c "exec $1" >"$FOLDER/out" 2>"$FOLDER/err" </dev/null || fail "status $? of: $1"$'\n'"$(cat "$FOLDER/out" "$FOLDER/err")"
  if [[ -s $FOLDER/out ]]; then broken 1 "$1"; fi
  if [[ -s $FOLDER/err ]]; then broken 2 "$1"; fi
}
step "the streams of every command"
for command in "${TABLE[@]}"; do
  program="hwadm --dir $FOLDER/n1"
  [[ $command != install* ]] || program=$FOLDER/programs/bin/hwadm
  streams "$program $command"
  [[ $command == help* ]] || streams "$program --json $command"
done
for command in "${COMMANDS[@]}"; do streams "hwadm $command -h"; done
for words in "hwd -h" "hwd -V" "hwadm -h" "hwadm -V"; do streams "$words"; done
streams "hwadm --dir $FOLDER/n1 <<<$'status\nlag\nquit'"

step "commands that cannot be read to their end"
for program in hwadm "hwadm --json"; do
  # shellcheck disable=SC2086
  if quietly A $program </ >"$SAID" 2>&1; then fail "status 0 of $program"; fi
  said SYSCALL
done

step "the files of an agent on a full disk"
agents_stop n1
export LD_PRELOAD=$HW_FAILING HW_FAILING_CALL=put:hwd.pid:28
HW_KEY_FILE=$FOLDER/key attempt A hwd -i "$FOLDER/nodes.ini" -l n1
[[ $STATUS -eq 1 ]] || fail "status $STATUS of hwd whose pid cannot be written"
said "No space left on device"
# agent_on FILE: an agent that cannot write what ends with FILE.
agent_on() {
  export LD_PRELOAD=$HW_FAILING HW_FAILING_CALL=put:$1:28
  agent_starts n1
  unset LD_PRELOAD HW_FAILING_CALL
  adm_shows n1 '^group acct  UP ' status
}
agent_on .new
{ cat "$FOLDER/shop.toml"; echo "# as before"; } >"$FOLDER/next.toml"
for command in "config apply $FOLDER/next.toml" "config -i $FOLDER/next.toml -o next" "pause 60"; do
  # shellcheck disable=SC2086
  adm n1 $command
  [[ $STATUS -ne 0 ]] || fail "status 0 with a full disk of: $command"
  said "No space left on device"
done
left=$(find "$FOLDER/n1" -name '*.new')
[[ -z $left ]] || fail "left on a full disk: $left"
agents_stop n1
agent_on history.jsonl
adm_does n1 config -i "$FOLDER/shop.toml" -o other
adm_shows n1 'SYSCALL.*history.jsonl' status
adm_ends n1 1 WARNING status --check
agents_stop n1
agent_starts n1
adm_does n1 config -i "$FOLDER/shop.toml" -o other
adm_does n1 status
! grep -q SYSCALL "$SAID" || fail "still a problem: $(cat "$SAID")"

step "small limits of the system: a message, and no signal"
agents_stop n1
limited() { # WORDS: its output is no file, which has limits, too.
  HW_KEY_FILE=$FOLDER/key timeout -k 5 60 prlimit --core=0 "$LIMIT" -- "$@" 2>&1 </dev/null | cat >"$SAID"
  STATUS=${PIPESTATUS[0]}
  [[ $STATUS -eq 0 ]] || grep -qE '%GTM-[EFW]-|error while loading shared libraries' "$SAID" ||
    fail "status $STATUS without a message, $LIMIT: $*"$'\n'"$(cat "$SAID")"
}
for LIMIT in --fsize=0 --nofile=5 --nofile=8 --nofile=12 --nofile=20 --as=60000000 --as=200000000 --stack=65536; do
  limited hwd -i "$FOLDER/nodes.ini" -l n1
  for command in status "config check $FOLDER/shop.toml" history lag; do
    # shellcheck disable=SC2086
    limited hwadm --dir "$FOLDER/n2" $command
  done
  agents_stop n1
done
agent_starts n1
adm_shows n1 '^group acct  UP ' status
update A 5
domain_equal n1 A B
adm_does n1 down -y
agents_stop n1 n2
