# shellcheck shell=bash
# A domain of three logical nodes without a lease store, operated by hwadm alone: boot, a planned change of the root under load, loss
# of the root's node, of an instance, of an agent; lost transactions applied; down. A and B may be root, C follows.
only_headwater "there are no agents"
HW_HOME=$(dirname "$HW_BIN")
instance A B C
node n1 A
node n2 B
node n3 C
key
cat >"$FOLDER/report" <<'SERVER'
#!/usr/bin/env bash
exec sleep 100000
SERVER
chmod 755 "$FOLDER/report"
{
  printf 'format=1\n[domain]\nname="bank"\nmaster=["n1", "n2"]\n'
  nodes_toml
  instance_toml A '"B"'
  instance_toml B '"A"'
  instance_toml C '"B", "A"' 'priority=0'
  printf '[group.acct]\ninstances=["A", "B", "C"]\n[server.report]\ngroup="acct"\nrun="%s"\n' "$FOLDER/report"
} >"$FOLDER/bank.toml"

# statement A TEXT: one update of A, which must be accepted.
statement() {
  echo "$2" | quietly "$1" "${STATEMENTS[@]}" >"$SAID" 2>&1 && [[ ! -s $SAID ]] || fail "$2 on $1: $(cat "$SAID")"
}
# takes_updates A: one of them is tried.
takes_updates() { echo 'set ^probe=1' | quietly "$1" "${STATEMENTS[@]}" 2>&1 | grep -q . && return 1 || return 0; }
# load A: an application that makes transactions on A until it is refused, or killed.
load() {
  background "$1" "${STATEMENTS[@]}" < <(
    for ((i = 1; i < 100000; i++)); do
      echo "set ^load(\"$1\",$i)=$i"
      ((i % 10)) || read -rt 0.02 <> <(:) || true
    done
  )
}
root_is() { adm_shows "$1" "^group acct  UP  place [^ ]+  root $2  epoch $3\$" status; }

step "three agents without a configuration; the first configuration makes a coordinator"
agent_starts n1 n2 n3
adm_ends n1 0 "generation 1 is current on 3 nodes" config apply "$FOLDER/bank.toml"
adm_shows n3 "coordinator n1 since" status
adm_ends n2 0 "generation 1 is current on 3 nodes" config apply "$FOLDER/bank.toml"
said "generation 1 has this text already"
adm_shows n2 "^group acct  DOWN  place n1  root -" status
HW_KEY_FILE=$FOLDER/key attempt A hwd -i "$FOLDER/nodes.ini" -l n1
[[ $STATUS -eq 1 ]] || fail "a second agent of n1 has started"
said "%GTM-E-HWAGENTRUNS, Agent of n1 runs, pid $(agent_pid n1)"

step "boot, asked of a node that is not the coordinator"
adm_does n3 boot
said "started 6, already up 0, failed 0"
root_is n1 A 1
adm_does n2 boot
said "started 0, already up 6, failed 0"
update A 50
domain_equal n3 A B C
for site in B C; do expect_refused "$site"; done
adm_shows n2 "^source:B +127.0.0.1:${PORT[B]} +acct +10[0-9] " psr
adm_shows n2 '^report +- +acct +10[0-9] ' psr
adm_does n3 topology
said "  B  secondary"
adm_ends n1 0 "A is root of acct, epoch 1" switchover A -y

step "what runs is not changed by a configuration"
sed 's/^stop_s=10/stop_s=11/' "$FOLDER/bank.toml" >"$FOLDER/other.toml"
adm_ends n1 1 "%GTM-E-HWCFGRUN, node.n1.stop_s differs and is in use" config apply "$FOLDER/other.toml"

step "a planned change of the root, under load"
load A
adm_ends n3 0 "B is root of acct, epoch 2" switchover B -y
wait "$JOB" && fail "the load was never refused"
grep -q SCNDDBNOUPD "$FOLDER/A/application.out" || fail "$(cat "$FOLDER/A/application.out")"
root_is n2 B 2
update B 20
domain_equal n1 B A C
expect_refused A
adm_shows n1 '^report .*acct' psr -n n2

step "an instance dies: its servers come again, and the root goes on in its reign"
instance_dies B
within "$DEADLINE_S" "B takes updates again" takes_updates B
root_is n1 B 2
domain_equal n1 B A C
instance_dies A
domain_equal n1 B A C
adm_shows n1 "^instance A  n1  secondary  epoch 2" status

step "an agent dies: its servers live on, and the next one has them"
pid=$(processes_of B | sort | tr '\n' ' ')
agent_dies n2
adm_shows n1 "^node n2 .* not heard since" status
adm_shows n1 "^problem W HWREMOTE n2: no answer in 3 s" status
adm_shows n1 '^source:A .* PARTITIONED' psr
update B 5
agent_starts n2
root_is n1 B 2
adm_shows n1 "^node n2 .* running" status
[[ $(processes_of B | sort | tr '\n' ' ') == "$pid" ]] || fail "processes of B were $pid, are $(processes_of B | tr '\n' ' ')"
update B 5
domain_equal n1 B A C

step "the root's node dies with transactions that nobody else has"
domain_equal n1 B A C
shared=$(next_of n1 B)
adm_does n1 down -n n1 -n n3 -y
for i in {1..10}; do statement B "set ^lost($i)=\"of B\""; done
node_dies n2 B
adm_shows n1 "^group acct  PARTITIONED" status
adm_does n1 boot -n n1 -n n3
adm n1 status --check
[[ $STATUS -eq 2 ]] || fail "status --check: $STATUS: $(cat "$SAID")"
adm_does n3 plan failover
said "chosen   A: candidate, next $shared, priority 100"
adm_ends n3 0 "A is root of acct, epoch 3" failover A -y -force
root_is n3 A 3
update A 20
statement A 'set ^lost(3)="of A"'
domain_equal n1 A C
adm_shows n1 '^acct-3 +B +2 +- +- +- +open$' losttn list

step "it comes back by itself: what it had alone is taken back and kept"
agent_starts n2
adm_shows n1 "^acct-3 +B +2 +10 +$shared +$((shared + 9)) +collected$" losttn list
adm_shows n1 "^instance B  n2  secondary  epoch 3" status
domain_equal n1 A B C
expect_refused B
adm_does n2 losttn show acct-3
said "Old      B, epoch 2"
said "New      A, epoch 3, first own $shared"
said_times 10 "^lost("
adm_does n3 losttn diff acct-3
said_times 1 '"of A"'
adm_ends n1 1 "%GTM-E-HWLOSTOPEN" losttn complete -g acct -y
adm_ends n1 0 "applied 9, conflicts 1" losttn apply acct-3
adm_ends n1 0 "applied 9, conflicts 1" losttn apply acct-3
domain_equal n1 A B C
quietly C gbl get '^lost(4)' >"$SAID" 2>&1
said "of B"
quietly C gbl get '^lost(3)' >"$SAID" 2>&1
said "of A"
adm_does n1 losttn complete -g acct -y
adm_shows n1 '^acct-3 .* complete$' losttn list

step "another coordinator: asked, and when the first has died"
adm_ends n1 0 "coordinator is n2" master n2 -y
adm_shows n3 "coordinator n2 since" status
adm_does n1 status
! grep -q HWMASTERBACK "$SAID" || fail "n1 was not lost: $(cat "$SAID")"
agent_dies n2
adm_shows n3 "^node n2 .* not heard since" status
adm_ends n3 5 "%GTM-W-HWLIMITED" pause 5
adm_ends n3 1 "%GTM-E-HWNOTMASTER, n3 is no master" master n3 -y
adm_ends n1 0 "coordinator is n1" master -y
agent_starts n2
adm_shows n2 "coordinator n1 since" status
adm_does n2 pause 5
adm_does n2 resume

step "a switch back, and down: nothing is left"
adm_ends n2 0 "B is root of acct, epoch 4" switchover B -y
adm_does n1 history -n 0
said "switchover B"
said "config apply $FOLDER/bank.toml"
said "rejoin B"
adm_ends n1 1 "%GTM-E-HWNOTTY" down
adm_does n3 down -y
said "failed 0"
adm_shows n2 "^group acct  DOWN" status
adm n1 status --check
[[ $STATUS -eq 2 ]] || fail "status --check: $STATUS: $(cat "$SAID")"
for site in A B C; do
  [[ -z $(processes_of "$site") ]] || fail "processes of $site are left: $(processes_of "$site")"
  adm_does n1 fence off "$site" -y
done
agents_stop n1 n2 n3
allow SCNDDBNOUPD PRIMARYNOTROOT HWEPOCHOLD # Said of the old root, and of the new one before its reign.
