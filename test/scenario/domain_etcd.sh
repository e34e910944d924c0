# shellcheck shell=bash
# A domain of three nodes whose leases are kept in etcd: the root's node dies, a candidate takes by itself, the old root comes back
# fenced and rejoins; a planned change; the store goes away and comes back; down. A and B may be root, C follows.
only_headwater "there are no agents"
HW_HOME=$(dirname "$HW_BIN")
etcd e1 e2 e3
instance A B C
node n1 A
node n2 B
node n3 C
key
{
  printf 'format=1\n[domain]\nname="bank"\ndcs="etcd"\nmaster=["n1", "n2", "n3"]\n'
  etcd_toml
  nodes_toml
  instance_toml A '"B"'
  instance_toml B '"A"'
  instance_toml C '"B", "A"' 'priority=0'
  printf '[group.acct]\ninstances=["A", "B", "C"]\n'
} >"$FOLDER/bank.toml"

takes_updates() { echo 'set ^probe=1' | quietly "$1" "${STATEMENTS[@]}" 2>&1 | grep -q . && return 1 || return 0; }
# may_take NODE I: the record names it as a candidate.
may_take() { adm_shows "$1" "\"candidates\":\\[\"$2\"\\]" status --json; }
root_is() { adm_shows "$1" "^group acct  UP  place [^ ]+  root $2  epoch [0-9]+" status; }
# longest_gap FILE...: between two accepted updates of `bank write`, in ms.
longest_gap() { cat "$@" | sort -n | awk '/^[0-9]+$/ { if (last && $1 - last > gap) gap = $1 - last; last = $1 } END { print gap + 0 }'; }
writes() { background "$1" "$HW_BANK" write "$1" "$2" </dev/null; }

step "boot: the root has the lease"
agent_starts n1 n2 n3
adm_ends n1 0 "generation 1 is current on 3 nodes" config apply "$FOLDER/bank.toml"
adm_does n1 boot
root_is n3 A
update A 20
domain_equal n1 A B C
expect_refused B
adm_does n2 status --json
said '"lease":"held"'
grep -q '"lease_left_s":[0-9]' "$SAID" || fail "no lease_left_s: $(cat "$SAID")"
adm_does n1 boot
said "started 0, already up 5, failed 0"

may_take n2 B

step "the root's node dies, and with it the coordinator: a candidate takes by itself"
writes A 60
job=$JOB
writes B 12
other=$JOB
node_dies n1 A
within "$DEADLINE_S" "B takes updates" takes_updates B
root_is n3 B
adm_shows n3 "coordinator n2 since" status
wait "$job" 2>/dev/null
wait "$other"
gap=$(longest_gap "$FOLDER/A/application.out" "$FOLDER/B/application.out")
echo "no update for $gap ms"
adm_shows n3 "^  C  secondary" topology
update B 20
domain_equal n2 B C

step "it comes back fenced, and rejoins"
agent_starts n1
adm_shows n2 "^instance A  n1  secondary" status
domain_equal n2 B A C
expect_refused A

step "a planned change, and back"
writes B 60
job=$JOB
writes A 10
other=$JOB
adm_does n3 switchover A -y
said "A is root of acct, epoch"
wait "$job" "$other"
echo "no update for $(longest_gap "$FOLDER/A/application.out" "$FOLDER/B/application.out") ms"
root_is n2 A
domain_equal n2 A B C
expect_refused B
adm_does n3 switchover B -y
domain_equal n2 B A C

step "an agent dies: updates stop when its lease is over; the other one takes"
may_take n3 A
agent_dies n2
within "$DEADLINE_S" "A takes updates" takes_updates A
echo 'set ^late=1' | quietly B "${STATEMENTS[@]}" >"$SAID" 2>&1
said "%GTM-E-HWLATE"
expect_refused B
agent_starts n2
adm_shows n3 "^instance B  n2  secondary" status
update A 5
domain_equal n3 A B C
adm_shows n3 '^acct-[0-9]+ +B +[0-9]+ +1 +[0-9]+ +[0-9]+ +collected$' losttn list

step "the store goes away under load: no pause, for all candidates confirm; and comes back"
may_take n3 B
writes A 12
job=$JOB
etcd_dies e1 e2 e3
adm_shows n3 '"failsafe":true' status --json
etcd_starts e1 e2 e3
adm_shows n3 '"failsafe":false' status --json
wait "$job"
gap=$(longest_gap "$FOLDER/A/application.out")
echo "no update for $gap ms"
root_is n3 A
update A 5
domain_equal n3 A B C

step "the store loses its memory: the root goes on, nobody takes, until the record is made anew"
epoch=$(hwadm --dir "$FOLDER/n3" status | sed -n 's/^group acct .* epoch \([0-9]*\).*/\1/p')
etcd_dies e1 e2 e3
rm -rf "$FOLDER"/e?.etcd
etcd_starts e1 e2 e3
adm_shows n3 "HWEPOCHBACK" status
update A 5
adm_ends n3 0 "acct: record of epoch $epoch" config epoch-base -y
adm_shows n3 '"failsafe":false' status --json
adm_shows n3 "^group acct  UP  place n1  root A  epoch $epoch" status
adm_ends n3 1 "the store has a record of acct" config epoch-base -y
update A 5
domain_equal n3 A B C

step "no takeover in a pause: an operator does it, when the lease is over. The coordinator has just died: its successor carries that out"
adm_ends n3 0 "coordinator is n1" master n1 -y
adm_does n3 pause
may_take n3 B
adm_ends n3 1 "%GTM-E-HWLEASEVALID" failover B -y
node_dies n1 A
adm_does n3 status # asked on a link whose loss is not seen yet, failover would not know what became of it
adm_ends n3 0 "B is root of acct, epoch" failover B -y
update B 5
domain_equal n2 B C
adm_does n3 resume
agent_starts n1
adm_shows n2 "^instance A  n1  secondary" status
domain_equal n2 B A C
adm_does n3 switchover A -y
domain_equal n2 A B C

step "down: nobody takes over; boot: as before"
adm_does n3 down -y
said "failed 0"
adm_shows n2 "^group acct  DOWN" status
adm_does n1 boot
root_is n3 A
update A 5
domain_equal n3 A B C
adm_does n3 down -y
for site in A B C; do adm_does n1 fence off "$site" -y; done
agents_stop n1 n2 n3
etcd_dies e1 e2 e3
# B's late update had come to C.
allow SCNDDBNOUPD PRIMARYNOTROOT HWEPOCHOLD HWLATE REPLAHEAD
