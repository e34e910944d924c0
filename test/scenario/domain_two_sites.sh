# shellcheck shell=bash
# A domain of two nodes without a lease store, whose root has one source server: after a switchover there and back the other site has been
# root, too. The root's server, its processes, its whole node die; it goes on in its reign each time by itself.
only_headwater "there are no agents"
HW_HOME=$(dirname "$HW_BIN")
two_sites

takes_updates() { echo 'set ^probe=1' | quietly "$1" "${STATEMENTS[@]}" 2>&1 | grep -q . && return 1 || return 0; }
root_is() { adm_shows "$1" "^group acct  UP  place [^ ]+  root $2  epoch [0-9]+\$" status; }
# switches NODE TO: a planned change, as soon as TO is fed.
becomes_root() { adm "$1" switchover "$2" -y; [[ $STATUS -eq 0 ]]; }
switches() {
  within "$DEADLINE_S" "$2 becomes root" becomes_root "$1" "$2"
  root_is "$1" "$2"
}
# goes_on: A's source server is up, A takes updates, B gets them, and no server was given up.
sends() { quietly A mupip replicate -source -checkhealth 2>&1 | grep -q "is alive in ACTIVE mode"; }
goes_on() {
  within "$DEADLINE_S" "A has a source server" sends
  within "$DEADLINE_S" "A takes updates again" takes_updates A
  root_is n2 A
  update A 5
  domain_equal n2 A B
  adm n2 status
  ! grep -q HWGAVEUP "$SAID" || fail "$(cat "$SAID")"
}

step "boot; a planned change, and back"
agent_starts n1 n2
adm_ends n1 0 "generation 1 is current on 2 nodes" config apply "$FOLDER/shop.toml"
adm_does n1 boot
root_is n1 A
update A 20
domain_equal n1 A B
switches n1 B
update B 5
domain_equal n1 B A
switches n1 A
goes_on

step "the root's only source server dies"
pid=$(quietly A mupip replicate -source -status -json | sed -n 's/^ *"pid": \([0-9]*\),.*/\1/p' | head -1)
[[ -n $pid ]] || fail "no source server at A"
kill -KILL "$pid"
within "$DEADLINE_S" "process $pid has gone" gone "$pid"
goes_on

step "all of the root's processes die"
instance_dies A
goes_on

step "the root's node dies, and comes back"
node_dies n1 A
agent_starts n1
goes_on

step "one server is stopped by hand, and booted again"
adm_does n1 down -s receiver:B -y
adm_does n1 boot
goes_on

adm_does n1 down -y
agents_stop n1 n2
