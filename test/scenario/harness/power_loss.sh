# shellcheck shell=bash
# power_loss.sh -- a site's machine loses power and comes back: all processes are gone, and their shared memory; the kernel has
# another boot id; and, under the recorder (HW_RECORD=1), what was written and not synced is lost in one way or another.

declare -A BOOT     # The boot id a site's commands see, once it has lost power.
declare -A CRASHED  # What a site held that has crashed and has not been recovered; `unknown` where nobody could look.
LOSSES=             # The power losses of this scenario, for its last line.

# Ways in which unsynced bytes are lost, in rotation: `headwater-powerloss --help` says what each is.
LOSS_MODES=(random all-lost random newest-kept-oldest-lost random meta-only random data-only random torn-pages
  random directory-lost random one-file-old)

recording_of() { echo "$FOLDER/.recorded-$1"; }

# power_off SITE: an instance that is up loses power, and is down as the loss has left it.
power_off() {
  local held
  held=$(apart holding "$1") || fail "$held"
  within "$DEADLINE_S" "all commits of $1 are on disk" all_is_durable "$1"
  apart lose_power "$1"
  CRASHED[$1]=$held
}
lose_power() {
  crash "$1"
  lose_unsynced "$1"
}

# lose_unsynced SITE: nothing of it runs. Bytes that no sync has made durable go, and the machine starts again.
lose_unsynced() {
  local site=$1 count mode=kept seed=$LOSS_SEED
  count=$(($(cksum <<<"$site$LOSSES" | cut -d' ' -f1) % 1000))
  if $RECORDED; then
    mode=${LOSS_MODES[(LOSS_SEED + count) % ${#LOSS_MODES[@]}]}
    seed=$((LOSS_SEED + count))
    headwater-powerloss image --recording "$(recording_of "$site")" --seed "$seed" --mode "$mode" >"$SAID" 2>&1 ||
      fail "$(cat "$SAID")"
    cat "$SAID" >>"$TRANSCRIPT"
  else
    BOOT[$site]=boot-$count-of-$site
  fi
  LOSSES+=" $site:$mode:$seed"
}

# power_loss SITE: an instance that is up loses power, is brought back as docs/runbook/power-lost.md says, and holds what it held.
# All that runs there runs again afterwards, but not an application. Others may go on updating it meanwhile.
power_loss() { apart lose_power_and_come_back "$1"; }

# apart COMMAND...: its commands are not the scenario's.
apart() {
  local TRANSCRIPT=$FOLDER/.checks SAID=$FOLDER/.said
  "$@"
}

# lose_power_and_come_back SITE [ROOT]: when a root is given, its updates are under way to the site at that moment.
lose_power_and_come_back() {
  local site=$1 root=${2:-} before now then
  is_up "$site" || fail "$site is not up"
  [[ -z ${APPLICATION[$site]:-} ]] || fail "an application runs on $site"
  note_servers "$site"
  before=$(holding "$site") || fail "$before"
  within "$DEADLINE_S" "all commits of $site are on disk" all_is_durable "$site"
  [[ -z $root ]] || update "$root" 30
  lose_power "$site"
  unset "CRASHED[$site]"
  recover_after_power_loss "$site"
  now=$(holding "$site") || fail "$now"
  then=$now
  if [[ $(seqno_of "$now") != "$(seqno_of "$before")" ]]; then
    [[ $(seqno_of "$now") -gt $(seqno_of "$before") ]] || lost_by_power "$site" "$before" "$now"
    then=$(holding "$site" "$(seqno_of "$before")") || fail "$then"
  fi
  [[ $then == "$before" ]] || lost_by_power "$site" "$before" "$then"
  if [[ -n $root ]]; then
    then=$(holding "$root" "$(seqno_of "$now")") || fail "$then"
    [[ $now == "$then" ]] || fail "after a power loss $site holds"$'\n'"$now"$'\n'"and $root held"$'\n'"$then"
  fi
  check_integ "$site"
  start_noted_servers "$site"
}
lost_by_power() { fail "$1 held"$'\n'"$2"$'\n'"and after a power loss ($LOSSES)"$'\n'"$3"; }

recover_after_power_loss() {
  attempt "$1" mupip rundown -region '*'
  on "$1" mupip journal -rollback -backward '*'
}

# Batch's promise: a commit is on disk a second later, or two on a busy machine.
all_is_durable() {
  quietly "$1" mupip replicate -source -jnlpool -show 2>&1 | awk '
    /^CTL Commits done / { done = $4 }
    /^CTL Durable commits / { durable = $4 }
    END { exit !(durable != "" && durable >= done) }'
}

# ---- what runs ----

# note_servers SITE: which servers run there, and the commands that started them.
note_servers() {
  local site=$1 name pid mode
  NOTED=()
  NOTED_RECEIVER=
  NOTED_ROLE=propagate
  quietly "$site" mupip replicate -source -jnlpool -show >"$SAID" 2>&1
  if grep -q '^CTL Updates Disabled  *FALSE' "$SAID"; then NOTED_ROLE=root; fi
  quietly "$site" mupip replicate -source -checkhealth >"$SAID" 2>&1
  while read -r pid mode name; do
    NOTED+=("$mode $name")
    cp "/proc/$pid/cmdline" "$FOLDER/.started-$site-${#NOTED[@]}" || fail "source server $pid of $site has just ended"
  done < <(awk '
    match($0, /server pid \[[0-9]+\] for secondary instance name \[/) {
      name = substr($0, RSTART + RLENGTH); sub(/\].*/, "", name)
      pid = $0; sub(/.*server pid \[/, "", pid); sub(/\].*/, "", pid)
      names[pid] = name
    }
    / Source server is alive in (ACTIVE|PASSIVE) mode/ { mode[$2] = tolower($(NF - 1)); order[++n] = $2 }
    END { for (i = 1; i <= n; i++) print order[i], mode[order[i]], names[order[i]] }' "$SAID")
  pid=$(receiver_pid "$site")
  if [[ -n $pid ]]; then
    NOTED_RECEIVER=$FOLDER/.started-$site-receiver
    cp "/proc/$pid/cmdline" "$NOTED_RECEIVER" || fail "the receiver server of $site has just ended"
  fi
}

# starts MODE COMMAND...: it is a start of a source server in that mode.
starts() {
  local mode=active
  [[ " ${*:2} " == *" -start "* ]] || return 1
  if [[ " ${*:2} " == *" -passive "* ]]; then mode=passive; fi
  [[ $mode == "$1" ]]
}

# start_noted_servers SITE: as they were started; what was started by another command than -start, or has changed its mode since,
# with the harness's own qualifiers. A site without a source server gets a passive one: without a pool it is not up.
start_noted_servers() {
  local site=$1 i mode name command
  ROLE[$site]=$NOTED_ROLE
  for ((i = 1; i <= ${#NOTED[@]}; ++i)); do
    read -r mode name <<<"${NOTED[i - 1]}"
    mapfile -d '' -t command <"$FOLDER/.started-$site-$i"
    if starts "$mode" "${command[@]}"; then
      command=("${command[@]/#-rootprimary/-${NOTED_ROLE}primary}")
      command=("${command[@]/#-propagateprimary/-${NOTED_ROLE}primary}")
      on "$site" "${command[@]}"
      note_source "$site" "$name" "$mode"
    elif [[ $mode == active ]]; then
      feed "$site" "$name"
    else
      standby "$site" "$name"
    fi
  done
  [[ ${#NOTED[@]} -gt 0 ]] || standby "$site" DUMMY
  [[ -n $NOTED_RECEIVER ]] || return 0
  mapfile -d '' -t command <"$NOTED_RECEIVER"
  if [[ " ${command[*]} " == *" -start "* ]]; then
    # Once it has history -updateresync would be refused.
    for i in "${!command[@]}"; do
      if [[ ${command[i]} == -updateresync* ]]; then unset "command[i]"; fi
    done
    on "$site" "${command[@]}"
  else
    receiver "$site"
  fi
}

# ---- the end of a scenario ----

# lose_power_somewhere: one of the instances that are up, by chance, loses power; it is again what it was, and updates of the root
# come to whom they came before. When it is not the root, they are under way to it at that moment: unless it could lose what whom it
# feeds has got already, who would then be ahead of it.
lose_power_somewhere() {
  local site other list=() root='' under_way='' before
  for site in "${INSTANCES[@]}"; do
    if is_up "$site" && [[ -z ${DAMAGE["$site integ"]:-}${DAMAGE["$site start"]:-} ]]; then list+=("$site"); fi
  done
  [[ ${#list[@]} -gt 0 ]] || return 0
  site=${list[LOSS_SEED % ${#list[@]}]}
  step "$site loses power (HW_LOSS_SEED=$LOSS_SEED)"
  for other in "${list[@]}"; do
    if may_update "$other"; then root=$other; fi
  done
  list=()
  if [[ -n $root ]]; then
    before=$(apart holding "$root") || fail "$before"
    for other in $(below "$root"); do
      if [[ $(apart holding "$other") == "$before" ]]; then list+=("$other"); fi
    done
    if [[ " ${list[*]} " == *" $site "* ]] && ! ($RECORDED && feeds_somebody "$site"); then under_way=$root; fi
  fi
  apart lose_power_and_come_back "$site" $under_way
  [[ ${#list[@]} -gt 0 ]] || return 0
  update "$root" 3
  expect_equal "$root" "${list[@]}"
}

feeds_somebody() {
  local pair
  for pair in "${!MODE[@]}"; do
    if [[ $pair == "$1 "* && ${MODE[$pair]} == active ]]; then return 0; fi
  done
  return 1
}

# below ROOT: all instances that its updates come to.
below() {
  local list=" $1 " grew=true pair from to
  while $grew; do
    grew=false
    for pair in "${!MODE[@]}"; do
      read -r from to <<<"$pair"
      [[ ${MODE[$pair]} == active && $list == *" $from "* && $list != *" $to "* ]] || continue
      is_up "$to" && [[ -n $(source_pid "$from" "$to") && -n $(receiver_pid "$to") ]] || continue
      list+="$to "
      grew=true
    done
  done
  echo "${list#" $1 "}"
}

may_update() {
  quietly "$1" mupip replicate -source -jnlpool -show 2>&1 | grep -q '^CTL Updates Disabled  *FALSE'
}

# check_closed SITE: a site that was taken down in order, or has crashed and is as it was left. Its machine loses power: it holds
# exactly what it held; after an orderly end it also starts without a rollback.
check_closed() {
  local site=$1 before now
  if [[ -n ${CRASHED[$site]:-} ]]; then
    before=${CRASHED[$site]}
    [[ $before != unknown ]] || lose_unsynced "$site"
    attempt "$site" mupip rundown -region '*'
    attempt "$site" mupip journal -rollback -backward '*'
    settle_check "$site" rollback || return 0
  else
    check_integ "$site" # Damage of another kind than that which the scenario leaves has been refused.
    before=$(holding "$site") || fail "$before"
    lose_unsynced "$site"
    if is_instance "$site"; then opens_and_rolls_back "$site"; fi
  fi
  now=$(holding "$site") || fail "$now"
  [[ $before == unknown || $now == "$before" ]] || lost_by_power "$site" "$before" "$now"
  check_integ "$site"
}

opens_and_rolls_back() {
  attempt "$1" mupip replicate -source -start -passive -instsecondary="$(some_name "$1")" -log="$FOLDER/$1/at-the-end.log" \
    -buffsize="$POOL_BYTES" -propagateprimary
  if settle_check "$1" start; then
    on "$1" mupip replicate -source -shutdown -timeout=0
    on "$1" mupip rundown -region '*'
  fi
  attempt "$1" mupip journal -rollback -backward '*'
  settle_check "$1" rollback
}

# A secondary's name that needs no new slot, if there is one.
some_name() {
  local name
  name=$(quietly "$1" mupip replicate -editinstance -show "$FOLDER/$1/gtm.repl" 2>&1 |
    sed -n 's/^SLT .*Secondary Instance Name *\([^ ]*\)$/\1/p' | head -1)
  echo "${name:-OTHER}"
}
