# shellcheck shell=bash
# Up and down are what is so, for every command that asks: after the death of a container (a PID name space), beside an instance file
# that was replaced while it was in use, and when all have left a pool in good order that nobody has removed. docs/security.md.
only_headwater "name spaces and our own messages"
if ! unshare --pid --fork --mount-proc true 2>/dev/null; then
  echo "skipped: needs root and PID name spaces"
  exit 77
fi
allow "may not attach" "another instance file" "PID name space"
instance A B
root A

source_server="mupip replicate -source -start -passive -instsecondary=Z -log=$FOLDER/A/source-Z.log -buffsize=$POOL_BYTES"
# contained A COMMANDS: in a container that has its own PID name space and shares all else; its processes die with it.
contained() { attempt "$1" unshare --pid --fork --kill-child --mount-proc bash -c "$2"; }
# begin_container A COMMANDS, end_container: one that stays until it is ended. Its first process is gone only after all others.
begin_container() {
  quietly "$1" unshare --pid --fork --kill-child --mount-proc bash -c "$2; touch '$FOLDER/ready'; exec sleep 600" >"$FOLDER/container" 2>&1 &
  CONTAINER=$!
  within "$DEADLINE_S" "the container begins" test -e "$FOLDER/ready"
  rm "$FOLDER/ready"
  FIRST=$CONTAINER
  until [[ $(cat "/proc/$FIRST/comm") == sleep ]]; do FIRST=$(pgrep -P "$FIRST" | head -1); done
}
end_container() {
  kill -KILL "$FIRST"
  within "$DEADLINE_S" "the container is gone" gone "$FIRST"
  wait "$CONTAINER" 2>/dev/null
}

# ask A SITUATION: every command that asks, against the situation's row: status and what it says.
declare -A DUE=(
  [left status]='0|"up": false' [left health]='.*|NOJNLPOOL' [left backlog]='.*|NOJNLPOOL' [left restart]='.*|NOJNLPOOL'
  [dead status]='0|"up": false' [dead health]='1|NOT alive' [dead backlog]='0|' [dead restart]='0|'
  [used status]='0|"up": true' [used health]='1|NOT alive' [used backlog]='0|' [used restart]='0|'
  [contained status]='77|"up": true' [contained health]='77|HWUNSEEN' [contained backlog]='0|' [contained restart]='0|'
  [removed status]='0|"up": true' [removed health]='0|is alive' [removed backlog]='0|' [removed restart]='0|'
  [replaced status]='77|"up": null' [replaced health]='77|HWUNSEEN' [replaced backlog]='77|HWUNSEEN' [replaced restart]='77|HWUNSEEN'
)
declare -A ASKED=(
  [status]="mupip replicate -source -status -json" [health]="mupip replicate -source -checkhealth"
  [backlog]="mupip replicate -source -showbacklog" [restart]="mupip replicate -source -needrestart -instsecondary=Z"
)
ask() {
  local what due
  for what in status health backlog restart; do
    due=${DUE["$2 $what"]}
    # shellcheck disable=SC2086
    attempt "$1" ${ASKED[$what]}
    [[ $STATUS =~ ^(${due%%|*})$ ]] || fail "$2: status $STATUS, not ${due%%|*}, of ${ASKED[$what]}"$'\n'"$(cat "$SAID")"
    [[ $(cat "$SAID") == *"${due#*|}"* ]] || fail "$2: not '${due#*|}' but $(cat "$SAID")"
    [[ $2 == replaced ]] || ! grep -qE 'REPLREQROLLBACK|"rollback_needed": true' "$SAID" || fail "$2: $(cat "$SAID")"
    [[ $2 != replaced ]] || ! grep -qE 'REPLREQROLLBACK|"rollback_needed": (true|false)|"updates_enabled": (true|false)' "$SAID" ||
      fail "$2: $(cat "$SAID")"
  done
  [[ $2 != left && $2 != dead ]] || {
    attempt "$1" mupip replicate -source -status -json
    grep -q '"updates_enabled": false' "$SAID" || fail "$2: updates enabled"
  }
}

note_source A Z passive  # Whose backlog tells A's seqno.

step "a container that lives is another answer than one that has died"
begin_container A "$source_server -rootprimary"
ask A contained
attempt A mupip replicate -source -shutdown -timeout=0
[[ $STATUS -eq 77 ]] || fail "shutdown of what cannot be seen: status $STATUS"
contained A "$source_server -rootprimary"
grep -q SRCSRVEXISTS "$SAID" || fail "a second server: $(cat "$SAID")"
end_container
ask A dead

step "the next container starts where the last one died"
contained A "$source_server -rootprimary && gbl set '^a(\"c\")' 1"
[[ $STATUS -eq 0 ]] || fail "start: $(cat "$SAID")"
ask A dead

step "so does one while an application is attached"
begin_container A "$source_server -rootprimary"
application A
within "$DEADLINE_S" "the application updates" past_seqno A 3
end_container
ask A used
contained A "$source_server -rootprimary && mupip replicate -source -checkhealth"
[[ $STATUS -eq 0 ]] || fail "start beside an application: $(cat "$SAID")"
ask A used
stop_application A
ask A dead
attempt A mupip replicate -source -shutdown -timeout=0
said "Journal pool shared memory removed"

step "a receiver and its update process die with their container, too"
choose_port B
receiving="mupip replicate -receiver -start -listenport=${PORT[B]} -log=$FOLDER/B/receiver.log -buffsize=$POOL_BYTES"
standby B Z
begin_container B "$receiving"
attempt B mupip replicate -receiver -checkhealth
[[ $STATUS -eq 77 ]] || fail "receiver in a container: status $STATUS, $(cat "$SAID")"
end_container
attempt B mupip replicate -receiver -checkhealth
[[ $STATUS -eq 5 ]] || fail "receiver of a dead container: status $STATUS, $(cat "$SAID")"
on B mupip replicate -source -status -json
receiver B
on B mupip replicate -receiver -checkhealth

step "an instance file in whose place a copy was put, of now or of before"
quietly A cp -a gtm.repl "$FOLDER/before.repl"
standby A Z
for copy in "$FOLDER/A/gtm.repl" "$FOLDER/before.repl"; do
  application A
  seqno=$(seqno A)
  within "$DEADLINE_S" "the application updates" past_seqno A "$seqno"
  cp -a "$copy" "$FOLDER/A/new.repl"
  ln "$FOLDER/A/gtm.repl" "$FOLDER/A/kept.repl"
  mv "$FOLDER/A/new.repl" "$FOLDER/A/gtm.repl"
  ask A replaced
  attempt A mupip rundown -region '*'
  [[ $STATUS -ne 0 ]] || fail "rundown of what is in use: $(cat "$SAID")"
  attempt A env gtmgbldir= mupip replicate -source -status -json
  [[ $copy == *before* ]] || grep -q '"up": null' "$SAID" || fail "without a global directory: $(cat "$SAID")"
  mv "$FOLDER/A/kept.repl" "$FOLDER/A/gtm.repl"
  stop_application A
  on A mupip replicate -source -checkhealth
done

if own_space; then  # Whose ids are nobody else's.
  step "the shared memory is removed by hand while it is in use"
  application A
  within "$DEADLINE_S" "the application updates" past_seqno A "$(seqno A)"
  for id in $(ipcs -m | awk '$2 ~ /^[0-9]+$/ { print $2 }'); do ipcrm -m "$id"; done
  ask A removed
  within "$DEADLINE_S" "the application goes on" past_seqno A "$(seqno A)"
  stop_application A
  take_down A
  take_down B
  [[ -z $(ipcs -m | awk '$2 ~ /^[0-9]+$/') ]] || fail "shared memory is left: $(ipcs -m)"
  standby A Z
  standby B Z
  receiver B
fi

step "all have left a pool in good order, and it is still there"
application A
seqno=$(seqno A)
within "$DEADLINE_S" "the application updates" past_seqno A "$seqno"
attempt A mupip replicate -source -shutdown -timeout=0
said "Not deleting jnlpool ipcs."
stop_application A
ask A left
forget_servers A
feed A B
expect_equal A B
