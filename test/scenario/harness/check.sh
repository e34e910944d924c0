# shellcheck shell=bash
# check.sh -- how a scenario runs commands, waits, and fails. Used by every other verb.

# fail TEXT: ends the scenario; the logs follow (finish.sh).
fail() {
  echo "FAILED: $*"
  exit 1
}

# step TEXT: says what comes now; failing scenarios are read from the last step on.
step() {
  printf '%3d s  %s\n' $SECONDS "$*"
  printf '\n# %s\n' "$*" >>"$TRANSCRIPT"
}

# quietly A COMMAND...: runs it in the environment and folder of instance A; not in the transcript.
quietly() {
  local site=$1
  shift
  (
    environment_of "$site"
    cd "$FOLDER/$site" && exec timeout -k 5 "${LONGEST_COMMAND_S:-120}" "$@"
  )
}

# attempt A COMMAND...: as quietly; what it says is in $SAID and the transcript, its status in STATUS.
attempt() {
  local site=$1
  shift
  quietly "$site" "$@" >"$SAID" 2>&1 </dev/null
  STATUS=$?
  { printf '\n[%s]$ %s\n' "$site" "$*"; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
}

# on A COMMAND...: as attempt; the scenario fails when the command does.
on() {
  attempt "$@"
  [[ $STATUS -eq 0 ]] || fail "status $STATUS on $1 of: ${*:2}
$(cat "$SAID")"
}

# all_refused SITE TEXT COMMAND...: each command, a string of words, fails and says so, claims no success, and changes nothing.
all_refused() {
  local site=$1 text=$2 before after command words
  shift 2
  before=$(cd "$FOLDER/$site" && sha256sum ./*.dat ./*.repl ./*.mjl)
  for command; do
    read -ra words <<<"$command"
    set -f
    attempt "$site" "${words[@]}"
    set +f
    [[ $STATUS -ne 0 ]] || fail "status 0 of: $command"
    grep -qE -- "$text" "$SAID" || fail "expected $text of: $command"$'\n'"$(cat "$SAID")"
    ! grep -q "Rollback successful" "$SAID" || fail "success of: $command"
  done
  after=$(cd "$FOLDER/$site" && sha256sum ./*.dat ./*.repl ./*.mjl)
  [[ $after == "$before" ]] || fail "something changed: $before"$'\n'"$after"
}

# within SECONDS WHAT COMMAND...: runs the command until it succeeds. A deadline on a condition, never a fixed wait.
within() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >"$SAID.tried" 2>&1; do
    if [[ $SECONDS -ge $deadline ]]; then
      cat "$SAID.tried"
      fail "not in time: $what"
    fi
    read -rt 0.02 <> <(:) || true
  done
}
