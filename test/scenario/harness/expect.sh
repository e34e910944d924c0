# shellcheck shell=bash
# expect.sh -- verbs that check. Those that wait do so until a deadline.

declare -A ALLOWED

# seqno A: of A's last transaction; nothing when A has no journal pool.
seqno() {
  local of
  read -r of _ <<<"${SECONDARIES[$1]}"
  quietly "$1" mupip replicate -source -showbacklog -instsecondary="$of" 2>&1 |
    sed -n 's/.*sequence number posted *: *//p' | head -1
}

at_seqno() { [[ -n $2 && $(seqno "$1") == "$2" ]]; }

# expect_seqno A N
expect_seqno() { within "$DEADLINE_S" "$1 is at seqno $2, not $(seqno "$1")" at_seqno "$@"; }

# in_step A B...: all the others have what A has.
in_step() {
  local site goal
  goal=$(seqno "$1")
  [[ -n $goal ]] || fail "no seqno from $1"
  for site in "${@:2}"; do
    within "$DEADLINE_S" "$site has what $1 has, seqno $goal" at_seqno "$site" "$goal"
  done
}

digest() { extract "$1" | sha256sum; }

# expect_equal A B...: the others come to A's seqno, and then all hold the same data.
expect_equal() {
  local site wanted
  in_step "$@"
  wanted=$(digest "$1")
  [[ $wanted != "$(sha256sum </dev/null)" ]] || fail "$1 holds no data"
  for site in "${@:2}"; do
    [[ $(digest "$site") == "$wanted" ]] || fail "$1 and $site are at seqno $(seqno "$1") and hold different data"
  done
}

# expect_message A STATUS TEXT COMMAND...: the command on A ends with the status and says TEXT; @ in it is the folder.
expect_message() {
  local site=$1 status=$2 text=${3//@/$FOLDER}
  shift 3
  attempt "$site" "$@"
  grep -qF -- "$text" "$SAID" || fail "expected on $site: $text
of: $*
said (status $STATUS): $(cat "$SAID")"
  [[ $STATUS -eq $status ]] || fail "status $STATUS, not $status, on $site of: $*
$(cat "$SAID")"
}

# expect_refused A: an update on A is refused as on any secondary, and changes nothing.
expect_refused() {
  echo 'set ^refused=1' | quietly "$1" "${STATEMENTS[@]}" >"$SAID" 2>&1
  grep -q 'GTM-E-SCNDDBNOUPD, Database Updates not allowed on the secondary' "$SAID" ||
    fail "an update on $1 was not refused: $(cat "$SAID")"
}

# history A: a line for each history record: root's name, start seqno, cycle.
history_of() {
  quietly "$1" mupip replicate -editinstance -show "$FOLDER/$1/gtm.repl" 2>&1 | awk '
    /^HST .*: Root Primary Instance Name/ { name = $NF }
    /^HST .*: Start Sequence Number/ { start = $(NF - 1) }
    /^HST .*: Root Primary Cycle/ { print name, start, $(NF - 1) }'
}
has_history() {
  history_of "$1" >"$FOLDER/history"
  printf '%s\n' "${@:2}" | diff - "$FOLDER/history"
}
# expect_history A "ROOT START CYCLE"...: A's history is these records and no others.
expect_history() { within "$DEADLINE_S" "history of $1" has_history "$@"; }

# expect_log A LOG TEXT: A's log (receiver, source-B, receiver.log.updproc) says it. An error in it is then expected.
expect_log() {
  local site=$1 log=$2 text=$3
  [[ $log == *.log* ]] || log=$log.log
  within "$DEADLINE_S" "$site/$log says: $text" grep -F -- "${text//@/$FOLDER}" "$FOLDER/$site/$log"
  if [[ $text =~ -[EF]-([A-Z0-9]+) ]]; then allow "${BASH_REMATCH[1]}"; fi
}

# allow CODE...: errors that the logs of this scenario may show. All others make it fail in the end.
allow() {
  local code
  for code; do ALLOWED[$code]=1; done
}

alive() { [[ -n $(process "$@") ]]; }
not_alive() { [[ -z $(process "$@") ]]; }
# expect_alive SITE KIND [SECONDARY], expect_gone ...
expect_alive() { alive "$@" || fail "not alive: $*"; }
expect_gone() { within "$DEADLINE_S" "$* has ended" not_alive "$@"; }

expect_no_errors_in_logs() {
  local line code bad=
  while IFS= read -r line; do
    [[ $line =~ %GTM-[EF]-([A-Z0-9]+) ]] && code=${BASH_REMATCH[1]}
    [[ -n ${ALLOWED[$code]:-} ]] || bad+="$line"$'\n'
  done < <(grep -H '%GTM-[EF]-' "$FOLDER"/*/*.log "$FOLDER"/*/*.log.updproc 2>/dev/null)
  [[ -z $bad ]] || fail "errors in the logs:"$'\n'"$bad"
}

# expect_passive A B: A's source server for B is alive and passive.
expect_passive() {
  quietly "$1" mupip replicate -source -checkhealth -instsecondary="$2" 2>&1 | grep 'alive in PASSIVE mode'
}

past_seqno() { [[ $(seqno "$1") -gt $2 ]]; }

# said TEXT: the last command that was run said so, too.
said() { grep -qF -- "${1//@/$FOLDER}" "$SAID" || fail "expected: $1"$'\n'"said: $(cat "$SAID")"; }
# said_times N TEXT: on exactly N lines.
said_times() {
  local found
  found=$(grep -cF -- "$2" "$SAID")
  [[ $found -eq $1 ]] || fail "expected $1 times, not $found: $2"$'\n'"said: $(cat "$SAID")"
}
