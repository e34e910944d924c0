# shellcheck shell=bash
# Limits of the system, and every command: a small file size, few descriptors, little memory, small stacks, no shared memory. Each command
# does its work or ends with a message, none with a signal; what it leaves half done is finished or undone by the next one; servers
# that were started so are ended and started again, and no data are lost. docs/limits.md has the product's own limits.
only_headwater "GT.M has other limits"
allow REPLINSTACC ZGBLDIRACC JNLFILOPN HWREFRESHPEER DBFILERR DBOPNERR REPLCOMM SYSCALL RECVPOOLSETUP JNLPOOLSETUP  # What servers say that were started in such limits.
LONGEST_COMMAND_S=60
command_sites
command_table
step "the table has every command"
expect_every_command
# On an instance that is down, too.
instance E
root E
standby E Z
update E 20
take_down E
root A
E_COMMANDS=("E|mupip journal -rollback -backward '*'" "E|mupip journal -rollback -backward -resync=10000 -losttrans=lost '*'"
  "E|mupip rundown -region '*'" "E|mupip integ -region '*'" "E|mupip integ -rebuild -region '*'" "E|mupip set -own -region '*'"
  "E|mupip extract -stdout"
  "E|mupip replicate -editinstance -cleanslots gtm.repl" "E|mupip set -replication=on -region '*'" "E|gbl data ^a"
  "E|mupip replicate -source -start -passive -instsecondary=Z -log=z.log -rootprimary#mupip replicate -source -shutdown -timeout=0; mupip rundown -region '*'")
COMMANDS+=("${E_COMMANDS[@]}")

# what_must_stay SITE: all but what the commands of the table set themselves.
what_must_stay() { extract "$1" | grep -vE '^\^(a|count)[(=]' | sha256sum; }
declare -A WANTED
on A gbl apply-lost lost
for site in A C E; do WANTED[$site]=$(what_must_stay $site); done

SHMMAX=/proc/sys/kernel/shmmax MEMORY=
HAD=$(cat $SHMMAX)
prepare() { [[ -z $before ]] || quietly "$site" bash -c "$before" >/dev/null 2>&1 </dev/null; }
# limited LIMIT...: the row's command in these limits of prlimit. Its output is no file, which has limits, too.
limited() {
  [[ -z $MEMORY ]] || echo "$MEMORY" >$SHMMAX
  quietly "$site" bash -c "exec prlimit --core=0 $* -- $command" 2>&1 </dev/null | cat >"$SAID"
  STATUS=${PIPESTATUS[0]}
  [[ -z $MEMORY ]] || echo "$HAD" >$SHMMAX
  { printf '\n[%s]$ prlimit %s -- %s\n' "$site" "$*" "$command"; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
  [[ $STATUS -ne 124 && $STATUS -ne 137 ]] || fail "hangs, $*: $command"$'\n'"$(cat "$SAID")"
  ! grep -qE 'broken invariant|terminate called|Assertion' "$SAID" || fail "$*: $command"$'\n'"$(cat "$SAID")"
  # What a signal ends says nothing.
  [[ $STATUS -eq 0 ]] || grep -qE '%G[TD][ME]-[EFW]-|[a-z]: error while loading shared libraries|^prlimit: ' "$SAID" ||
    fail "status $STATUS without a message, $*: $command"$'\n'"$(cat "$SAID")"
}
# back_again: the row's command without limits, behind what it left when it was in them.
back_again() {
  prepare
  attempt "$site" bash -c "exec $command"
  [[ $STATUS -eq 0 ]] || fail "status $STATUS without limits, after $LIMIT, of $command"$'\n'"$(cat "$SAID")"
}
walk() {
  local row
  for row in "${COMMANDS[@]}"; do
    site=${row%%|*} command=${row#*|} before=
    [[ $command != *#* ]] || before=${command#*#}
    command=${command%%#*}
    prepare
    # shellcheck disable=SC2086
    limited $LIMIT
    if [[ -n $before || $site == [CE] ]]; then back_again; fi
  done
}
whole() {
  quietly B bash -c "mupip replicate -receiver -start -updateonly" >/dev/null 2>&1
  on E mupip replicate -source -shutdown -timeout=0
  on E mupip rundown -region '*'
  expect_equal A B
  for site in A C E; do
    [[ $(what_must_stay $site) == "${WANTED[$site]}" ]] || fail "the data of $site have changed, $LIMIT: $(extract $site)"
    on $site mupip integ -region '*'
  done
  on B mupip integ -region '*'
}
for LIMIT in --fsize=0 --fsize=65536 --nofile=9 --nofile=14 --as=45000000 --as=90000000 --stack=65536; do
  step "$LIMIT"
  walk
  whole
done

# Shared memory has its limits in the scenario's own name space; that of other programs is in /dev/shm.
if own_space && (cat $SHMMAX >$SHMMAX) 2>/dev/null; then
  step "no shared memory to be had"
  mount -t tmpfs -o size=64k none /dev/shm
  LIMIT='' MEMORY=65536
  walk
  whole
  umount /dev/shm
fi
note_instance D
note_source D A passive
