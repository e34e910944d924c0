# shellcheck shell=bash
# An instance that may not be looked at is not taken for one that is down: every command that asks about it, or would clean up, from
# another user, another IPC and another PID name space. docs/security.md.
only_headwater "name spaces and our own messages"
need_users
allow "may not attach" "name space"

step "a root and its secondary, up"
site_of_users A 660 -replication=on
can gtm A mupip replicate -instance_create -name=A
chmod 664 "$FOLDER/A/gtm.repl"
can gtm A mupip replicate -source -start -passive -instsecondary=Z -log="$FOLDER/A/source.log" -buffsize=1048576 -rootprimary
POOL[A]=up
can gtm A gbl set '^a(1)' 1
healthy() {
  can gtm A mupip replicate -source -checkhealth
  can gtm A gbl set '^a(2)' "$RANDOM"
}

commands=(
  "mupip replicate -source -status -json"
  "mupip replicate -source -checkhealth"
  "mupip replicate -source -showbacklog"
  "mupip replicate -source -needrestart -instsecondary=Z"
  "mupip replicate -source -jnlpool -show"
  "mupip replicate -source -shutdown -timeout=0"
  "mupip replicate -source -start -passive -instsecondary=Y -rootprimary -log=$FOLDER/A/other.log"
  "mupip replicate -source -start -passive -instsecondary=Y -propagateprimary -log=$FOLDER/A/other.log"
  "mupip replicate -source -deactivate -instsecondary=Z -propagateprimary"
  "mupip replicate -receiver -checkhealth"
  "mupip replicate -receiver -start -listenport=1 -log=$FOLDER/A/other.log"
  "mupip replicate -instance_create -name=A"
  "mupip replicate -editinstance -cleanslots $FOLDER/A/gtm.repl"
  "mupip rundown -region *"
  "mupip journal -rollback -backward *"
  "mupip journal -rollback -backward -resync=1 *"
  "mupip set -journal=enable,on,before -region *"
  "mupip set -own -region *"
  "mupip reorg -region DEFAULT"
  "mupip backup DEFAULT $FOLDER/A/copy.dat"
  "gbl set ^a(3) 3"
)
# not_taken_for_dead: what the last command said.
not_taken_for_dead() {
  [[ $STATUS -ne 0 ]] || fail "status 0 of: $*"$'\n'"$(cat "$SAID")"
  ! grep -qE 'REPLREQROLLBACK|"up": false|"rollback_needed": true|successfully rundown|Rollback successful' "$SAID" ||
    fail "taken for dead by: $*"$'\n'"$(cat "$SAID")"
}

step "from another IPC name space"
set -f
for command in "${commands[@]}"; do
  read -ra words <<<"$command"
  as root A unshare --ipc "${words[@]}"
  not_taken_for_dead "$command"
  healthy
done
as root A unshare --ipc mupip replicate -source -status -json
grep -q '"up": true' "$SAID" && grep -q HWUNSEEN "$SAID" || fail "status: $(cat "$SAID")"
unseen=$STATUS
can root A unshare --ipc gbl get '^a(1)'

step "a backup of another site that would replace the instance file"
site_of_users B 660 -replication=on
can gtm B mupip replicate -instance_create -name=B
inode=$(stat -c %i "$FOLDER/A/gtm.repl")
for elsewhere in "unshare --ipc" env; do
  as root B $elsewhere mupip backup -replace -replinstance="$FOLDER/A/gtm.repl"
  not_taken_for_dead "backup -replinstance"
  said "The instance is in use"
  [[ $(stat -c %i "$FOLDER/A/gtm.repl") == "$inode" ]] || fail "the instance file of A was replaced"
done
healthy
can root B unshare --ipc mupip backup -replinstance="$FOLDER/B/copy.repl"
can root B unshare --ipc mupip backup -replace -replinstance="$FOLDER/B/copy.repl"
stops_replicating B # It has fed nobody.

step "as another user, who may read the instance file"
for command in "${commands[@]}"; do
  read -ra words <<<"$command"
  as monitor A "${words[@]}"
  not_taken_for_dead "$command"
  healthy
done
as monitor A mupip replicate -source -status -json
[[ $STATUS == "$unseen" ]] || fail "status $STATUS, not $unseen"

step "as another user, who may not"
chmod 660 "$FOLDER/A/gtm.repl"
for command in "${commands[@]}"; do
  read -ra words <<<"$command"
  as monitor A "${words[@]}"
  not_taken_for_dead "$command"
  healthy
done

step "a global directory that may not be read is not taken for another program's file, nor for none"
chmod 600 "$FOLDER/A/gtm.gld"
for command in "gde show -map" "gde exit" "gbl get ^a(1)" "mupip create" "mupip integ -region *"; do
  read -ra words <<<"$command"
  as monitor A "${words[@]}"
  said "Permission denied"
  [[ $STATUS -ne 0 ]] && ! grep -qE 'GDUNKNFMT|GDUSEDEFS' "$SAID" || fail "status $STATUS of: $command"$'\n'"$(cat "$SAID")"
done
chmod 644 "$FOLDER/A/gtm.gld"

step "from another PID name space that shares the memory"
for command in "mupip replicate -source -checkhealth" "mupip replicate -source -shutdown -timeout=0" \
  "mupip replicate -source -status -json"; do
  read -ra words <<<"$command"
  as root A unshare --pid --fork --mount-proc "${words[@]}"
  not_taken_for_dead "$command"
  healthy
done
can root A unshare --pid --fork --mount-proc gbl get '^a(1)'
set +f

step "all killed: now it is down, from everywhere, and a container that comes anew recovers it"
kill_all_of A
as root A unshare --ipc mupip replicate -source -status -json
grep -q '"rollback_needed": true' "$SAID" || fail "status: $(cat "$SAID")"
can root A unshare --ipc mupip journal -rollback -backward '*'
can root A unshare --ipc gbl get '^a(1)'
can gtm A mupip rundown -region '*'
POOL[A]=
for id in $(ipcs -m | awk '$3 == 20001 { print $2 }'); do ipcrm -m "$id"; done # Nobody can see it any more.
