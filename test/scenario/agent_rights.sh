# shellcheck shell=bash
# Two agents of root's, instances of another user's whose databases nobody else may read: a change of root, a loss of transactions, a
# rejoin. What belongs to the databases stays their owner's; what is in them is told to nobody else, neither by a file nor by hwadm.
# docs/security.md, docs/operations/agent.md.
only_headwater "there are no agents"
need_users
allow REPLAHEAD  # A root that comes back with what nobody else had.
for program in hwd hwadm; do cp "$HW_BIN/$program" "$FOLDER/bin/"; done
mkdir "$FOLDER/home"
ln -s "$FOLDER/bin" "$FOLDER/home/bin"
umask 022
WHO[gtm]="20001 30000 022"
for site in A B; do
  site_of_users "$site" 600 -replication=on
  can gtm "$site" mupip replicate -instance_create -name="$site"
done
node n1 A
node n2 B
key
sed -i "s|^HOME=.*|HOME=$FOLDER/home|" "$FOLDER/nodes.ini"
{
  printf 'format=1\n[domain]\nname="shop"\nmaster=["n1", "n2"]\n'
  nodes_toml | sed "s|home=\"[^\"]*\"|home=\"$FOLDER/home\"|"
  instance_toml A '"B"'
  instance_toml B '"A"'
  printf '[group.acct]\ninstances=["A", "B"]\n'
} >"$FOLDER/shop.toml"

# kept: what anybody may read in the folders has none of the values, nor of the keys.
kept() {
  local file
  as monitor A find "$FOLDER" -xdev -path "$FOLDER/bin" -prune -o -type f -readable -print
  cp "$SAID" "$FOLDER/readable"
  grep -q "$FOLDER/n2/board.json" "$FOLDER/readable" || fail "nothing is readable: $(cat "$FOLDER/readable")"
  while read -r file; do
    ! grep -qE 'secret|patient' "$file" || fail "anybody may read what a database has in $file"
  done < <(grep -v -e "$FOLDER/transcript" -e "$FOLDER/said" "$FOLDER/readable")
  for site in A B; do follow "$site" 600; done
}

step "root's agents, the owner's instances"
agent_starts n1 n2
adm_ends n1 0 "generation 1 is current on 2 nodes" config apply "$FOLDER/shop.toml"
adm_does n1 boot
can gtm A gbl set '^a(1)' 1
domain_equal n1 A B
kept

step "the root is lost with what nobody else has, and comes back"
node_dies n2 B
for i in 1 2 3; do can gtm A gbl set "^secret($i)" patient; done
node_dies n1 A
agent_starts n2
adm_does n2 master n2 -y
adm_shows n2 "^node n1 .* not heard since" status
adm_does n2 pclean n1 -y
adm_shows n2 "^instance B  n2  secondary" status
adm_does n2 failover B -y -force
can gtm B gbl set '^secret(2)' other
agent_starts n1
adm_shows n2 "^instance A  n1  (root|down)" status
adm_does n2 rejoin A
adm_shows n2 "^acct-2 +A +1 +3 .*collected$" losttn list
adm_ends n2 0 "applied 2, conflicts 1" losttn apply acct-2
domain_equal n2 B A
kept

step "who asks"
may_ask() { # WHO STATUS COMMAND...
  as "$1" A "$FOLDER/bin/hwadm" --dir "$FOLDER/n2" "${@:3}"
  [[ $STATUS -eq $2 ]] || fail "$1: status $STATUS, not $2, of ${*:3}: $(cat "$SAID")"
}
for who in gtm ann monitor; do
  may_ask $who 0 status
  may_ask $who 0 losttn list
  for what in show diff; do
    may_ask $who 1 losttn $what acct-2
    said HWDENIED
    ! grep -qE 'secret|patient' "$SAID" || fail "$who is told what a database has: $(cat "$SAID")"
  done
done
may_ask root 0 losttn diff acct-2
said patient
adm_does n2 losttn complete -y
adm_does n1 down -y
agents_stop n1 n2
