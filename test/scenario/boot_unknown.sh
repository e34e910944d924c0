# shellcheck shell=bash
# The boot's id or /proc cannot be read (systemd's ProcSubset=pid, a chroot, a container, no descriptor left), or another time name space
# shows other start times: after a power loss the file that was open is not taken as it is, and what lives is not taken for dead.
# docs/security.md, docs/durability.md.
only_headwater "name spaces and our own files"
allow "may not attach" "PID name space" "files open"

# made SITE: journaled, with 540 nodes that say "old".
values() { # TEXT
  local i j
  for i in {1..9}; do for j in {1..60}; do echo "set ^a($i,$j)=\"$1 $i $j aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""; done; done
}
made() {
  mkdir "$FOLDER/$1"
  edit_global_directory "$1" >"$SAID" 2>&1 <<<"change -segment DEFAULT -file=\"$FOLDER/$1/gtm.dat\"
exit"
  on "$1" mupip create
  on "$1" mupip set -journal=enable,on,before -region '*'
  values old | quietly "$1" gbl run - || fail "updates"
}
# loses_power SITE: a process dies after durable updates. Of its database file the meta pages had reached the disk, the rest had not.
loses_power() {
  local pid
  cp "$FOLDER/$1/gtm.dat" "$FOLDER/$1/before"
  { values new; echo 'write "there",!'; echo 'hang 60'; } >"$FOLDER/$1/sets"
  : >"$FOLDER/$1/out"
  ( environment_of "$1"; cd "$FOLDER/$1" && exec gbl run sets >out 2>/dev/null ) &
  pid=$!
  written() { grep -q there "$FOLDER/$1/out"; }
  within "$DEADLINE_S" "the sets are made" written "$1"
  all_new() { [[ $(quietly "$1" mupip extract -stdout 2>/dev/null | grep -c '"new ') -eq 540 ]]; }
  within "$DEADLINE_S" "they are in the file" all_new "$1"
  kill -KILL $pid
  wait $pid 2>/dev/null
  dd if="$FOLDER/$1/before" of="$FOLDER/$1/gtm.dat" bs=4096 skip=2 seek=2 conv=notrunc 2>/dev/null
}

step "an unknown boot is not the same as another unknown one"
segments() { ipcs -m | awk '$2 ~ /^[0-9]+$/' | wc -l; }
export HW_BOOT_ID=unknown
made U
before=$(segments)
loses_power U
on U gbl get '^a(9,60)'
[[ $(quietly U mupip extract -stdout 2>/dev/null | grep -c '"new ') -eq 540 ]] || fail "durable updates are lost"
on U mupip integ -region '*'
! own_space || [[ $(segments) -eq $before ]] || fail "memory of the dead process is left: $(ipcs -m)"

step "nor does it keep a database without a journal from being used again"
on U mupip set -journal=disable -region '*'
printf '%s\n' 'set ^b=1 write "there",!' 'hang 60' >"$FOLDER/U/sets"
: >"$FOLDER/U/out"
( environment_of U; cd "$FOLDER/U" && exec gbl run sets >out 2>/dev/null ) &
pid=$!
within "$DEADLINE_S" "the set is made" grep -q there "$FOLDER/U/out"
kill -KILL $pid
wait $pid 2>/dev/null
on U gbl get '^b'
said 1
on U mupip rundown -region '*'
unset HW_BOOT_ID

if ! unshare --mount --propagation private true 2>/dev/null; then
  echo "skipped the rest: needs root and name spaces"
  return 0
fi
instance A
root A
standby A Z
update A 5

# disguised HOW COMMAND...: where A cannot be looked at as usual.
disguised() {
  local how=$1
  shift
  case $how in
    hidden) attempt A unshare --mount --propagation private bash -c 'mount -t proc -o subset=pid proc /proc && exec "$@"' - "$@" ;;
    other)
      echo 11111111-2222-3333-4444-555555555555 >"$FOLDER/boot"
      attempt A env FOLDER="$FOLDER" unshare --mount --propagation private \
        bash -c 'mount --bind "$FOLDER/boot" /proc/sys/kernel/random/boot_id && exec "$@"' - "$@"
      ;;
    none) attempt A unshare --mount --propagation private bash -c 'mount -t tmpfs none /proc && exec "$@"' - "$@" ;;
    descriptors) attempt A bash -c 'ulimit -n 5 && exec "$@"' - "$@" ;;
    time) attempt A unshare --time --boottime 100000 --fork "$@" ;;
  esac
}
commands=(
  "mupip replicate -source -status -json"
  "mupip replicate -source -checkhealth"
  "mupip replicate -source -showbacklog"
  "mupip replicate -source -needrestart -instsecondary=Z"
  "mupip replicate -source -jnlpool -show"
  "mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=$FOLDER/A/second.log -buffsize=$POOL_BYTES"
  "mupip replicate -instance_create -name=A"
  "mupip journal -rollback -backward *"
)
ways=()
for how in hidden other none descriptors time; do
  disguised "$how" true
  if [[ $STATUS -eq 0 ]]; then ways+=("$how"); else echo "skipped: $how"; fi
done
set -f
for how in "${ways[@]}"; do
  step "what lives is not taken for dead: $how"
  for command in "${commands[@]}"; do
    read -ra words <<<"$command"
    disguised "$how" "${words[@]}"
    ! grep -qE 'REPLREQROLLBACK|NOJNLPOOL|"up": false|"alive": false|NOT alive|"rollback_needed": true|Rollback successful' "$SAID" ||
      fail "$how: taken for dead by $command"$'\n'"$(cat "$SAID")"
    [[ $command != *-start* && $command != *instance_create* && $command != *rollback* || $STATUS -ne 0 ]] ||
      fail "$how: status 0 of $command"$'\n'"$(cat "$SAID")"
  done
  [[ $how == descriptors ]] || {
    disguised "$how" mupip replicate -source -status -json
    [[ $STATUS -eq 0 ]] && grep -q '"up": true' "$SAID" || fail "$how: status $STATUS of -status"$'\n'"$(cat "$SAID")"
    disguised "$how" gbl set '^a("how")' "$how"
    [[ $STATUS -eq 0 ]] || fail "$how: an update is refused: $(cat "$SAID")"
  }
  on A mupip replicate -source -checkhealth
done
set +f

[[ " ${ways[*]} " == *" none "* && " ${ways[*]} " == *" hidden "* ]] || return 0
step "a server that was started without /proc is known, from there and from elsewhere, and can be stopped"
attempt A mupip replicate -source -shutdown -timeout=0
[[ $STATUS -eq 0 ]] || fail "shutdown: status $STATUS, $(cat "$SAID")"
disguised none mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/A/source-Z.log" -buffsize="$POOL_BYTES"
[[ $STATUS -eq 0 ]] || fail "start: status $STATUS, $(cat "$SAID")"
for how in none hidden; do
  disguised "$how" mupip replicate -source -checkhealth
  [[ $STATUS -eq 0 ]] || fail "$how: checkhealth $STATUS, $(cat "$SAID")"
done
on A mupip replicate -source -checkhealth
disguised none mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log="$FOLDER/A/second.log" -buffsize="$POOL_BYTES"
said SRCSRVEXISTS
disguised none mupip replicate -source -shutdown -timeout=0
[[ $STATUS -eq 0 ]] || fail "shutdown: status $STATUS, $(cat "$SAID")"
standby A Z
