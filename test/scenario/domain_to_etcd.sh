# shellcheck shell=bash
# A domain whose roots were made by an operator gets its leases in etcd: the store has no record, the instances know epochs.
only_headwater "there are no agents"
HW_HOME=$(dirname "$HW_BIN")
etcd e1
instance A B
node n1 A
node n2 B
key
# configuration DCS
configuration() {
  printf 'format=1\n[domain]\nname="shop"\ndcs="%s"\nmaster=["n1", "n2"]\n' "$1"
  etcd_toml
  nodes_toml
  instance_toml A '"B"'
  instance_toml B '"A"'
  printf '[group.acct]\ninstances=["A", "B"]\n'
}
configuration manual >"$FOLDER/manual.toml"
configuration etcd >"$FOLDER/etcd.toml"

step "by hand: each change is an operator's"
agent_starts n1 n2
adm_ends n1 0 "generation 1 is current on 2 nodes" config apply "$FOLDER/manual.toml"
adm_does n1 boot
update A 10
domain_equal n1 A B
adm_ends n1 0 "B is root of acct, epoch 2" switchover B -y
domain_equal n1 B A
adm_ends n1 1 "%GTM-E-HWREFUSED" config epoch-base -y
adm_ends n1 1 "%GTM-E-HWCFGRUN" config apply "$FOLDER/etcd.toml"
adm_does n1 down -y

step "with leases: nobody is root before the store has a record"
adm_ends n1 0 "generation 2 is current on 2 nodes" config apply "$FOLDER/etcd.toml"
adm_ends n2 1 "%GTM-E-HWEPOCHBACK, Epoch 0 not above 2" boot
adm_ends n1 0 "acct: record of epoch 2" config epoch-base -y
adm_does n1 boot
adm_shows n2 "^group acct  UP  place n2  root B  epoch [0-9]+" status
update B 5
domain_equal n1 B A
adm_ends n1 0 "A is root of acct, epoch" switchover A -y
domain_equal n1 A B
adm_does n1 down -y
agents_stop n1 n2
etcd_dies e1
allow SCNDDBNOUPD PRIMARYNOTROOT HWEPOCHOLD
