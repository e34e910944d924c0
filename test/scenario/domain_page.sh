# shellcheck shell=bash
# docs/operations/first-domain.md, pasted in one go: its file, its databases, its ten lines; then the loss of n1, in the moment after
# which its lines are pasted. Only folder and ports are others; each line must end with status 0.
only_headwater "there are no agents"
PAGE=$ROOT_OF_TREE/docs/operations/first-domain.md
node n1 A
node n2 B

# here: a text of the page, with this scenario's folder and ports.
here() {
  sed -e "s|/var/lib/headwater|$FOLDER|g; s|\b7600\b|${AGENT_PORT[n1]}|g; s|\b7601\b|${AGENT_PORT[n2]}|g" \
    -e "s|^dir = \"$FOLDER/n1\"|&\nport = ${AGENT_PORT[n1]}|; s|\b7700\b|${PORT[A]}|g; s|\b7701\b|${PORT[B]}|g; s|^dir = \"$FOLDER/n[12]\"|&\nhome = \"$(dirname "$HW_BIN")\"|"
}
# block LANGUAGE N: the Nth text of that language on the page.
block() { awk -v begin="\`\`\`$1" -v wanted="$2" '$0 == "```" { on = 0 } on { print } $0 == begin { on = ++count == wanted }' "$PAGE" | here; }
# pastes NAME: runs what stands in its input, line by line, as a terminal that stops at the first failure.
pastes() {
  cat >"$FOLDER/$1.sh"
  [[ -s $FOLDER/$1.sh ]] || fail "nothing to paste: $1"
  timeout -k 5 300 bash -ex "$FOLDER/$1.sh" >"$SAID" 2>&1 </dev/null
  STATUS=$?
  { printf '\n--- %s\n' "$1"; cat "$SAID"; echo "status $STATUS"; } >>"$TRANSCRIPT"
  [[ $STATUS -eq 0 ]] || fail "status $STATUS of the page's lines ($1): $(tail -20 "$SAID")"
}

step "the whole page up to down, in one go"
block toml 1 >bank.toml
{ block sh 1; block sh 2; } | pastes page
for site in A B; do note_instance "$site"; done
said "generation 1 is current on 2 nodes"
said "B is root of acct, epoch 2"
said_times 2 "failed 0"

step "A is root again, and n1 is lost with what it had alone"
{ block sh 2 | grep '^export'; echo 'hwadm boot'; echo 'hwadm switchover A -y'; } | pastes again
said "A is root of acct"
update A 20
domain_equal n1 A B
adm_does n1 down -s receiver:B -y
quietly A "${STATEMENTS[@]}" <<<'set ^lost=1' >"$SAID" 2>&1
node_dies n1 A
first=$(block sh 3 | grep -n '^hwadm rejoin' | cut -d: -f1)
{ block sh 2 | grep '^export'; block sh 3 | head -n $((first - 1)); } | pastes lost
said "coordinator is n2"
said "B is root of acct"
epoch=$(sed -n 's/^B is root of acct, epoch \([0-9]*\)$/\1/p' "$SAID")

step "it is back"
agents=$(block sh 2 | grep '^HW_NODE=n1')
{ block sh 2 | grep '^export'; echo "$agents"; block sh 3 | head -1; block sh 3 | tail -n +"$first" | sed "s/acct-2/acct-$epoch/g"; } |
  pastes back
said "A is a secondary of B"
said "applied 1, conflicts 0"
said "acct-$epoch is complete"
adm_shows n2 '^problem I HWMASTERBACK n1 is back' status
adm_does n2 boot -n n1
domain_equal n2 B A

step "an agent without its node's name"
agents_stop n1
attempt A env -u HW_NODE HW_DIR="$FOLDER/n2" hwd
[[ $STATUS -eq 1 ]] || fail "status $STATUS of hwd in another node's folder"
said "%GTM-E-HWAGENTRUNS"
attempt A env -u HW_NODE HW_DIR="$FOLDER/n1" hwd
[[ $STATUS -eq 1 ]] || fail "status $STATUS of hwd without HW_NODE"
said "%GTM-E-HWNOSTART, hwd not started: $FOLDER/n1 is the folder of node n1"
{ block sh 2 | grep '^export'; echo "$agents"; } | pastes n1

adm_does n1 down -y
for site in A B; do adm_does n1 fence off "$site" -y; done
agents_stop n1 n2
allow SCNDDBNOUPD PRIMARYNOTROOT HWEPOCHOLD REPLAHEAD # Said of the old root, and of the new one before its reign.
