# shellcheck shell=bash
# domain_psr.sh -- how long `hwadm psr` takes in a domain of 16 instances, each on a node of its own: the root feeds five, which feed
# two each. A scenario of test/scenario/run, for test/bench/domain; a line in HW_FIGURES for each of HW_ROUNDS commands:
#
#   psr ROUND MICROSECONDS ROWS
#   hung ROUND MICROSECONDS ROWS   the same while one agent stands still, and does not count as silent yet
only_headwater "there are no agents"
SITES_OF_TREE=(A B C D E F G H I J K L M N O P)

upstream_of() { local number=$1; ((number == 0)) || echo "\"${SITES_OF_TREE[number <= 5 ? 0 : (number - 6) / 2 + 1]}\""; }
domain_boots() {
  local number site
  instance "${SITES_OF_TREE[@]}"
  for ((number = 0; number < 16; ++number)); do node "n$((number + 1))" "${SITES_OF_TREE[number]}"; done
  key
  {
    printf 'format=1\n[domain]\nname="bank"\nmaster=["n1", "n2"]\n'
    nodes_toml
    for ((number = 0; number < 16; ++number)); do
      site=${SITES_OF_TREE[number]}
      instance_toml "$site" "$(upstream_of "$number")" "priority=$((number == 0 ? 100 : 0))"
    done
    printf '[group.acct]\ninstances=[%s]\n' "$(printf '"%s", ' "${SITES_OF_TREE[@]}" | sed 's/, $//')"
  } >"$FOLDER/bank.toml"
  agent_starts "${NODES[@]}"
  adm_ends n1 0 "generation 1 is current on 16 nodes" config apply "$FOLDER/bank.toml"
  adm_does n1 --timeout 120 boot
}

step "16 sites boot"
domain_boots
update A 20
domain_equal n1 "${SITES_OF_TREE[@]}"
# asks WHAT ROUND NODE
asks() {
  local begun=${EPOCHREALTIME/./}
  hwadm --dir "$FOLDER/$3" psr >"$SAID" 2>&1 || fail "$(cat "$SAID")"
  echo "$1 $2 $((${EPOCHREALTIME/./} - begun)) $(wc -l <"$SAID")" >>"$HW_FIGURES"
  ! grep -q PARTITIONED "$SAID" || fail "a node is not heard: $(cat "$SAID")"
}
for ((round = 1; round <= HW_ROUNDS; ++round)); do asks psr "$round" "${NODES[round % 16]}"; done
for ((round = 1; round <= HW_ROUNDS / 4; ++round)); do
  FROZEN=$(agent_pid n16)
  kill -STOP "$FROZEN"
  within "$DEADLINE_S" "the agent stands still" stands_still "$FROZEN"
  asks hung "$round" "${NODES[round]}"
  thaw
done
adm_does n1 --timeout 120 down -y
for site in "${SITES_OF_TREE[@]}"; do adm_does n1 fence off "$site" -y; done
agents_stop "${NODES[@]}"
allow SCNDDBNOUPD PRIMARYNOTROOT HWEPOCHOLD
