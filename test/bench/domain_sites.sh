# shellcheck shell=bash
# domain_sites.sh -- what test/bench/domain measures of a domain whose leases are in etcd: the five sites of story 1 (A feeds B and C, B
# feeds D, C feeds E; A, B and C may be root), three members of etcd, clients that note when each update was acknowledged.
#
# A scenario of test/scenario/run. HW_PARTS names the parts, HW_ROUNDS how often each is done, HW_IDLE_S how long the agents idle.
# HW_FIGURES is the file for what was seen, a line each; times are microseconds of the time of day:
#
#   killed ROUND SITE TIME        and in HW_FIGURES.record each change of the group's record, with the time at which it was seen,
#   first ROUND SITE TIME         in HW_FIGURES.history what the agents have noted (history.jsonl)
#   lost ROUND ACKNOWLEDGED MISSING IN-RECEIPT UNANSWERED
#   gap switchover|store ROUND MICROSECONDS
#   idle NODE TICKS SECONDS
only_headwater "there are no agents"
STOP=$FOLDER/stop
TOLD=$FOLDER/told
MAY_BE_ROOT=(A B C)
ROOT=A
WRITERS=()
# shellcheck disable=SC2034  # of `quietly`
LONGEST_COMMAND_S=600
mkdir "$TOLD"

figure() { echo "$*" >>"$HW_FIGURES"; }
now_us() { echo "${EPOCHREALTIME/./}"; }

domain_boots() {
  etcd e1 e2 e3
  instance A B C D E
  for site in A:n1 B:n2 C:n3 D:n4 E:n5; do node "${site#*:}" "${site%:*}"; done
  key
  {
    printf 'format=1\n[domain]\nname="bank"\ndcs="etcd"\nmaster=["n1", "n2", "n3"]\n'
    etcd_toml
    nodes_toml
    instance_toml A '"B", "C"'
    instance_toml B '"A", "C"'
    instance_toml C '"A", "B"'
    instance_toml D '"B", "C", "A"' 'priority=0'
    instance_toml E '"C", "B", "A"' 'priority=0'
    printf '[group.acct]\ninstances=["A", "B", "C", "D", "E"]\n'
  } >"$FOLDER/bank.toml"
  agent_starts "${NODES[@]}"
  adm_ends n1 0 "generation 1 is current on 5 nodes" config apply "$FOLDER/bank.toml"
  adm_does n1 boot
}
# watches_record MEMBER: each change of the group's record, as that member of etcd tells.
watches_record() {
  local record
  [[ -z ${WATCH:-} ]] || kill "$WATCH" 2>/dev/null
  record=$(printf '/headwater/bank/group/acct' | base64 -w 0)
  curl -sN -d "{\"create_request\":{\"key\":\"$record\"}}" "http://127.0.0.1:${PORT[$1]}/v3/watch" > >(
    while IFS= read -r line; do echo "$(now_us) $line"; done >>"$HW_FIGURES.record"
  ) &
  WATCH=$!
}

# ---- clients ----

# clients_start ROUND SITE...: two at each, until clients_stop. Those of a site that is not root are refused until it is.
clients_start() {
  local round=$1 site number
  rm -f "$STOP" "$TOLD"/*
  WRITERS=()
  for site in "${@:2}"; do
    for number in 1 2; do
      quietly "$site" "$HW_BANK" note "$site-$round-$number" "$STOP" >"$TOLD/$site-$number" 2>&1 </dev/null &
      WRITERS+=($!)
    done
  done
}
clients_stop() {
  touch "$STOP"
  wait "${WRITERS[@]}" 2>/dev/null
}
# has_written N SITE...: clients of one of them have had N updates acknowledged; it is then in ROOT.
has_written() {
  local site
  for site in "${@:2}"; do
    [[ $(cat "$TOLD/$site-"* | wc -l) -lt $1 ]] || { ROOT=$site && return 0; }
  done
  return 1
}
times() { cat "$TOLD/"* | awk 'NF == 2 { print $2 }' | sort -n; }
longest_gap() { times | awk '{ if (last && $1 - last > gap) gap = $1 - last; last = $1 } END { print gap + 0 }'; }
written_after() { [[ $(times | tail -1) -gt $1 ]]; }

# Of names and numbers, sorted: what clients were told is done; what a site has.
acknowledged() { awk 'NF == 2 { sub(".*/", "", FILENAME); split(FILENAME, of, "-"); print of[1] "-'"$1"'-" of[2], $1 }' "$TOLD"/* | sort; }
nodes() { sed -n 's/.*\^note("\([^"]*\)",\([0-9]*\)).*/\1 \2/p' | sort; }
at_site() { extract "$1" | nodes; }

others() { local site; for site in "${INSTANCES[@]}"; do [[ $site == "$1" ]] || echo "$site"; done; }
all_may_take() { adm_shows n5 '"candidates":\["[ABC]","[ABC]"\]' status --json; }
# Every site has what the root has, and is whole; the notes are of no use any more.
all_equal() {
  # shellcheck disable=SC2046
  domain_equal n5 "$ROOT" $(others "$ROOT")
  at_once check_integ "${INSTANCES[@]}"
  echo 'kill ^note' | quietly "$ROOT" "${STATEMENTS[@]}" >"$SAID" 2>&1 || fail "$(cat "$SAID")"
}

# ---- story 1: the root's node is lost ----

# The receipts of the root's reign that is lost, into RECEIPTS: there are some, and none is open. A rejoin that is tried again has its own.
receipts_collected() {
  adm n5 losttn list
  RECEIPTS=$(awk -v id="acct-$1" '$1 == id || index($1, id "-") == 1 { print $1 }' "$SAID")
  [[ -n $RECEIPTS ]] && ! grep -q ' open$' "$SAID"
}
# Whoever has no answer does not know whether the update was made: each client's next one after those that were acknowledged.
only_unanswered() {
  local name number
  while read -r name number; do
    [[ $number -eq 1 ]] || grep -q "^$name $((number - 1))\$" "$FOLDER/acknowledged" || fail "in a receipt, and nobody's: $name $number"
  done <"$1"
}
# What was acknowledged and is not at the new root is in a receipt; beside it only what nobody was told of; applied, all is there.
check_lost() {
  local round=$1 old=$2 epoch id
  epoch=$(hwadm --dir "$FOLDER/n5" status | sed -n 's/^group acct .* epoch \([0-9]*\).*/\1/p')
  within "$DEADLINE_S" "a receipt of $old is collected" receipts_collected "$epoch"
  acknowledged "$round" >"$FOLDER/acknowledged"
  at_site "$ROOT" >"$FOLDER/present"
  for id in $RECEIPTS; do
    adm_does n5 losttn show "$id"
    cat "$SAID"
  done | grep -o '\^note([^)]*)' | nodes >"$FOLDER/receipt"
  comm -23 "$FOLDER/acknowledged" "$FOLDER/present" >"$FOLDER/missing"
  comm -23 "$FOLDER/missing" "$FOLDER/receipt" >"$FOLDER/nowhere"
  [[ ! -s $FOLDER/nowhere ]] || fail "acknowledged, and neither at $ROOT nor in a receipt: $(head "$FOLDER/nowhere")"
  comm -13 "$FOLDER/acknowledged" "$FOLDER/receipt" >"$FOLDER/unanswered"
  only_unanswered "$FOLDER/unanswered"
  for id in $RECEIPTS; do adm_ends n5 0 "conflicts 0" losttn apply "$id"; done
  adm_does n5 losttn complete -g acct -y
  [[ -z $(comm -23 "$FOLDER/acknowledged" <(at_site "$ROOT")) ]] || fail "applied, and not at $ROOT"
  figure lost "$round" "$(wc -l <"$FOLDER/acknowledged")" "$(wc -l <"$FOLDER/missing")" "$(wc -l <"$FOLDER/receipt")" \
    "$(wc -l <"$FOLDER/unanswered")"
}

# loses ROUND [MEMBER]: the root's node, and with it that member of etcd.
loses() {
  local round=$1 member=${2:-} old=$ROOT node=${NODE_OF[$ROOT]} at
  all_may_take
  watches_record "$([[ $member == e1 ]] && echo e2 || echo e1)"
  clients_start "$round" "${MAY_BE_ROOT[@]}"
  within "$DEADLINE_S" "$old is under load" has_written 600 "$old"
  node_dies "$node" "$old" ${member:+"${ETCD_PID[$member]}"}
  if [[ -n $member ]]; then etcd_dies "$member"; fi
  figure killed "$round" "$old" "$KILLED_AT"
  # shellcheck disable=SC2046
  within "$DEADLINE_S" "another takes updates" has_written 1 $(others "$old" | grep '[ABC]')
  within "$DEADLINE_S" "it is under load" has_written 600 "$ROOT"
  at=$(cat "$TOLD/$ROOT-"* | awk '{ print $2 }' | sort -n | head -1)
  figure first "$round" "$ROOT" "$at"
  if [[ -n $member ]]; then etcd_starts "$member"; fi
  agent_starts "$node"
  adm_shows n5 "^instance $old  $node  secondary" status
  clients_stop
  cat "$FOLDER"/n?/log/history.jsonl >"$HW_FIGURES.history"
  check_lost "$round" "$old"
  all_equal
  step "round $round: $old lost${member:+ with $member}, $ROOT took after $(((at - KILLED_AT) / 1000)) ms"
}
loses_node() { loses "$1"; }
loses_machine() { loses "$1" "${NODE_OF[$ROOT]/n/e}"; }

# ---- a planned change ----

switches() {
  local round=$1 old=$ROOT to
  to=$(printf '%s\n' "${MAY_BE_ROOT[@]}" | grep -v "$old" | sed -n "$((round % 2 + 1))p")
  all_may_take
  clients_start "$round" "$old" "$to"
  within "$DEADLINE_S" "$old is under load" has_written 600 "$old"
  adm_ends n5 0 "$to is root of acct, epoch" switchover "$to" -y
  within "$DEADLINE_S" "$to is under load" has_written 600 "$to"
  clients_stop
  figure gap switchover "$round" "$(longest_gap)"
  all_equal
  step "switchover $round: from $old to $ROOT, no update for $(($(longest_gap) / 1000)) ms"
}

# ---- the store is away ----

store_stops() {
  local round=$1 at
  all_may_take
  clients_start "$round" "$ROOT"
  within "$DEADLINE_S" "$ROOT is under load" has_written 600 "$ROOT"
  at=$(now_us)
  etcd_dies e1 e2 e3
  adm_shows n5 '"failsafe":true' status --json
  # Two deadlines have passed by then.
  within "$DEADLINE_S" "updates go on at $ROOT" written_after $((at + 6000000))
  etcd_starts e1 e2 e3
  adm_shows n5 '"failsafe":false' status --json
  clients_stop
  figure gap store "$round" "$(longest_gap)"
  all_equal
  step "the store away $round: no update for $(($(longest_gap) / 1000)) ms"
}

# ---- nothing to do ----

ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$(agent_pid "$1")/stat"; }
idles() {
  local node begun
  declare -A before
  all_may_take
  begun=$(now_us)
  for node in "${NODES[@]}"; do before[$node]=$(ticks "$node"); done
  sleep "$HW_IDLE_S"
  for node in "${NODES[@]}"; do
    figure idle "$node" $(($(ticks "$node") - ${before[$node]})) "$(awk "BEGIN { print ($(now_us) - $begun) / 1e6 }")"
  done
}

step "five sites boot"
domain_boots
for part in $HW_PARTS; do
  if [[ $part == idles ]]; then idles; continue; fi
  for ((round = 1; round <= HW_ROUNDS; ++round)); do "$part" "$round"; done
done
adm_does n5 down -y
for site in "${INSTANCES[@]}"; do adm_does n5 fence off "$site" -y; done
agents_stop "${NODES[@]}"
etcd_dies e1 e2 e3
allow SCNDDBNOUPD PRIMARYNOTROOT HWEPOCHOLD HWLATE REPLAHEAD
