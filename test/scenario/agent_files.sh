# shellcheck shell=bash
# What an agent has in its folder, with something else in its place: a link, a folder, a pipe, a device, another program's file, a
# file that has two names. hwd takes, renames and writes over nothing that is not its own, and says what is in the way. The table
# has every file that an agent makes. Then the same for what hwd and hwadm read, and for the links that hwadm makes.
only_headwater "there are no agents"
instance A
node n1 A
key
printf '#!/usr/bin/env bash\necho began\nexec sleep 100000\n' >"$FOLDER/report"
chmod 755 "$FOLDER/report"
{
  printf 'format=1\n[domain]\nname="shop"\nmaster=["n1"]\n'
  nodes_toml | sed 's/^stop_s=10/&\nwait_s=2/'  # A boot that cannot note its processes is not waited for.
  instance_toml A ''
  printf '[group.acct]\ninstances=["A"]\n[server.report]\ngroup="acct"\nrun="%s"\n' "$FOLDER/report"
} >"$FOLDER/shop.toml"
N=$FOLDER/n1

# FILE|WHOSE|COMMAND: own: an agent's alone, written anew over and over; stored: written once, with a checksum beside it; log: lines
# are added to it. COMMAND is what writes it while an agent runs. K is the number of the next generation.
TABLE=("run/hwd.pid|own|" "run/hwd.sock|own|" "run/generation|own|boot" "run/processes|own|boot" "run/processes.new|new|boot"
  "config/current|own|apply" "config/1.toml|stored|" "config/1.note|stored|" "config/K.toml|new|apply" "config/K.note|new|apply"
  "board.json|own|apply" "log/history.jsonl|own|apply" "log/hwd.log|log|" "log/report.out|new|boot" "log/report.err|new|boot")

step "the table has every file of an agent"
agent_starts n1
adm_does n1 config apply "$FOLDER/shop.toml"
adm_does n1 boot
adm_shows n1 '^instance A .* root ' status
while read -r file; do
  printf '%s\n' "${TABLE[@]}" | grep -q "^$file|" || fail "no row of: $file"
done < <(cd "$N" && find . ! -type d | sed 's|^./||')
adm_does n1 down -y
agents_stop n1
echo 1 >"$N/run/generation"
cp -a "$N" "$FOLDER/kept"

start() {
  HW_KEY_FILE=${KEY:-$FOLDER/key} timeout -k 1 20 hwd -i "${INI:-$FOLDER/nodes.ini}" -l n1 >"$SAID" 2>&1 </dev/null
  STATUS=$?
  { printf '\n$ hwd\n'; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
}
# runs_already PID: the agent that was to start says so.
runs_already() {
  [[ $STATUS -eq 1 ]] || fail "a second agent of n1: status $STATUS, $(cat "$SAID")"
  said "HWAGENTRUNS, Agent of n1 runs, pid $1"
}

step "a copy of the folder, told where it is by an ini file, makes no second agent of the node"
cp -a "$N" "$FOLDER/copy"
choose_port copy
sed "s|^DIR=.*|DIR=$FOLDER/copy|; s|^RAC_PORT=.*|RAC_PORT=${PORT[copy]}|" "$FOLDER/nodes.ini" >"$FOLDER/copy.ini"
agent_starts n1
INI=$FOLDER/copy.ini start
runs_already "$(agent_pid n1)"
agents_stop n1
INI=$FOLDER/copy.ini start
[[ $STATUS -eq 0 ]] || fail "the copy alone: status $STATUS, $(cat "$SAID")"
start
runs_already "$(agent_pid copy)"
agents_stop copy
start
[[ $STATUS -eq 0 ]] || fail "n1 again: status $STATUS, $(cat "$SAID")"
agents_stop n1
rm -rf "${FOLDER:?}/copy" "${N:?}"
cp -a "$FOLDER/kept" "$N"

KINDS=(link "link to nothing" folder pipe letter "second name")
if mknod "$FOLDER/null" c 1 3 2>/dev/null && : 2>/dev/null >"$FOLDER/null"; then KINDS+=(device); fi
# put PATH: a KIND, in place of what is there.
put() {
  printf 'to somebody\n' >"$FOLDER/letter"
  rm -rf "$1"
  case $KIND in
    link) ln -s "$FOLDER/letter" "$1" ;;
    "link to nothing") ln -s "$FOLDER/nothing" "$1" ;;
    folder) mkdir "$1" ;;
    pipe) mkfifo "$1" ;;
    letter) cp "$FOLDER/letter" "$1" ;;
    "second name") ln "$FOLDER/letter" "$1" ;;
    device) cp -a "$FOLDER/null" "$1" ;;
  esac
  LOOK=$(look "$1")
}
look() {
  stat -c '%F %N %i %h' "$1" 2>&1
  if [[ -f $1 && ! -L $1 ]]; then sha256sum <"$1"; fi
}
# untouched PATH WHAT: nothing has become of what is there, nor of what it leads to.
untouched() {
  [[ $(look "$1") == "$LOOK" ]] || fail "a $KIND as $1 was $LOOK"$'\n'"and is $(look "$1") after $2"
  [[ ! -e $FOLDER/nothing ]] || fail "a $KIND as $1 was followed by $2"
  [[ $(cat "$FOLDER/letter") == 'to somebody' ]] || fail "the letter has changed, a $KIND as $1: $2"
  [[ -z $(find "$FOLDER/n1" -name '*-damaged') ]] || fail "renamed by $2, a $KIND as $1: $(find "$N" -name '*-damaged')"
}
# refused NAME STATUS WHAT: a message of WHAT says so, and names it.
refused() {
  [[ $STATUS -eq $2 ]] || fail "status $STATUS, not $2, of $3 with a $KIND as $1: $(cat "$SAID")"
  grep -q '%GTM-E-' "$SAID" || fail "nothing is said by $3 with a $KIND as $1"
  grep -qF "$1" "$SAID" || fail "$1, which is a $KIND, is not named by $3: $(cat "$SAID")"
}

step "no agent runs: ${KINDS[*]}"
for row in "${TABLE[@]}"; do
  IFS='|' read -r file whose command <<<"$row"
  [[ $whose != new ]] || continue
  for KIND in "${KINDS[@]}"; do
    # A log takes lines from anybody.
    [[ $whose != log || $KIND == folder || $KIND == pipe ]] || continue
    put "$N/$file"
    start
    refused "$file" 1 hwd
    untouched "$N/$file" hwd
    rm -rf "$N"
    cp -a "$FOLDER/kept" "$N"
  done
done
for folder in run config log losttn; do
  KIND=letter
  put "$N/$folder"
  start
  refused "$folder" 1 hwd
  untouched "$N/$folder" hwd
  rm -rf "$N"
  cp -a "$FOLDER/kept" "$N"
done

step "an agent runs"
agent_starts n1
agent=$(agent_pid n1)
turn=10
next_generation() { echo $(($(<"$N/config/current") + 1)); }
# do_it COMMAND: what it says, of both and of the log, is in $SAID.
do_it() {
  local before
  before=$(wc -l <"$N/log/hwd.log")
  case $1 in
    apply)
      turn=$((turn + 1))
      sed "s/^stop_s=10/stop_s=$turn/" "$FOLDER/shop.toml" >"$FOLDER/next.toml"
      adm n1 config apply "$FOLDER/next.toml"
      ;;
    boot)
      adm n1 boot
      cp "$SAID" "$FOLDER/said.boot"
      adm n1 down -y
      cat "$FOLDER/said.boot" >>"$SAID"
      ;;
  esac
  tail -n +$((before + 1)) "$N/log/hwd.log" >>"$SAID"
}
for row in "${TABLE[@]}"; do
  IFS='|' read -r file whose command <<<"$row"
  [[ -n $command ]] || continue
  file=${file/K/$(next_generation)}
  for KIND in link "link to nothing" folder pipe device; do
    # These take their time.
    [[ $command != boot || $KIND == link || $KIND == pipe ]] || continue
    [[ $KIND != device || " ${KINDS[*]} " == *" device "* ]] || continue
    [[ ! -e $N/$file ]] || mv "$N/$file" "$FOLDER/aside"
    put "$N/$file"
    do_it "$command"
    grep -qF "$file" "$SAID" || fail "$file, which is a $KIND, is not named by $command: $(cat "$SAID")"
    untouched "$N/$file" "$command"
    rm -rf "${N:?}/$file"
    [[ ! -e $FOLDER/aside ]] || mv "$FOLDER/aside" "$N/$file"
    [[ $(agent_pid n1) == "$agent" ]] && ! gone "$agent" || fail "the agent has ended, a $KIND as $file"
  done
done
adm_does n1 config apply "$FOLDER/shop.toml"
adm_does n1 boot
adm_shows n1 '^instance A .* root ' status
update A 5
adm_does n1 down -y
agents_stop n1

step "what hwd and hwadm read"
for KIND in "${KINDS[@]}"; do
  put "$FOLDER/input"
  INI=$FOLDER/input start
  refused "$FOLDER/input" 1 "hwd -i"
  adm n1 config check "$FOLDER/input"
  [[ $STATUS -eq 1 ]] || fail "status $STATUS of config check of a $KIND"
  grep -qE '%GTM-E-|[0-9]+ error' "$SAID" || fail "nothing is said of a $KIND: $(cat "$SAID")"
  untouched "$FOLDER/input" "hwd -i, config check"
  chmod 600 "$FOLDER/letter"
  KEY=$FOLDER/input start
  chmod 644 "$FOLDER/letter"
  [[ $STATUS -eq 124 ]] && fail "hwd hangs with a $KIND as its key"
  grep -qF "$FOLDER/input" "$SAID" "$N/log/hwd.log" || fail "a $KIND as key is not named: $(cat "$SAID")"
  agents_stop n1
  rm -rf "$FOLDER/input" "$N/log/hwd.log"
done
for KIND in "${KINDS[@]}"; do
  put "$N/run/hwd.sock"
  adm n1 status
  refused hwd.sock 6 hwadm
  untouched "$N/run/hwd.sock" hwadm
  rm -rf "$N/run/hwd.sock"
done

step "the socket of a program that says nothing"
python3 - "$N/run/hwd.sock" <<'PYTHON' &
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
time.sleep(600)
PYTHON
SILENT=$!
within "$DEADLINE_S" "it listens" test -S "$N/run/hwd.sock"
KIND=socket
LOOK=$(look "$N/run/hwd.sock")
adm n1 status
refused hwd.sock 6 hwadm
start
refused hwd.sock 1 hwd
untouched "$N/run/hwd.sock" "hwd and hwadm"
kill "$SILENT"
wait "$SILENT" 2>/dev/null

step "hwadm install links"
mkdir -p "$FOLDER/programs/bin"
cp "$HW_BIN/hwadm" "$FOLDER/programs/bin/"
for KIND in "${KINDS[@]}"; do
  put "$FOLDER/programs/bin/tmadmin"
  attempt A "$FOLDER/programs/bin/hwadm" install links
  refused tmadmin 1 "install links"
  untouched "$FOLDER/programs/bin/tmadmin" "install links"
  [[ $(find "$FOLDER/programs/bin" -mindepth 1 | wc -l) -eq 2 ]] || fail "some links were made: $(ls "$FOLDER/programs/bin")"
  rm -rf "$FOLDER/programs/bin/tmadmin"
done
attempt A "$FOLDER/programs/bin/hwadm" install links
[[ $STATUS -eq 0 && $(readlink "$FOLDER/programs/bin/tmadmin") == hwadm ]] || fail "links: $(cat "$SAID")"
