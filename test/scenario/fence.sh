# shellcheck shell=bash
# An agent decides who is root: epoch, deadline and stop flag; promotion in place; a root whose reign is over. B feeds D.
only_headwater "there are no agents"
instance A B C D

# agent SITE WORDS...: what the site's agent does (test/scenario/programs/fence.cc).
agent() { on "$1" "$HW_FENCE" "${@:2}"; }
# agent_is_told SITE STATUS TEXT WORDS...
agent_is_told() { expect_message "$1" "$2" "$3" "$HW_FENCE" "${@:4}"; }
# makes_root SITE EPOCH: for a minute. Its servers and what reads there go on.
makes_root() {
  agent "$1" learn "$2"
  agent "$1" promote "$2"
  agent "$1" deadline 60
  agent "$1" updates on
  root "$1"
}
# runs SITE STATEMENT...: one process of the site; what it says is in $SAID.
runs() {
  local site=$1
  shift
  printf '%s\n' "$@" | quietly "$site" "${STATEMENTS[@]}" >"$SAID" 2>&1
}
# shown SITE PREFIX FIELD: numbers in the instance file.
shown() {
  quietly "$1" mupip replicate -editinstance -show "$FOLDER/$1/gtm.repl" 2>&1 |
    sed -n "s/^$2.*$3 *\([0-9]*\) .*/\1/p" | xargs
}
knows() { [[ $(shown "$1" HDR "Fencing Epoch") == "$2" ]]; }
expect_knows() {
  local site
  for site in "${@:2}"; do within "$DEADLINE_S" "$site knows epoch $1" knows "$site" "$1"; done
}

step "an instance that is fenced opens with updates off, whatever a command says"
for site in A B C D; do agent "$site" require; done
root A
link A B
said "%GTM-W-HWFENCED, Instance A has no current lease, its updates stay off"
expect_log A source-B "%GTM-W-HWFENCED"
expect_refused A
standby A C
said "%GTM-W-HWFENCED"
choose_port C
on A mupip replicate -source -activate -instsecondary=C -secondary=127.0.0.1:"$(port C)" -rootprimary "$CONNECT"
said "%GTM-W-HWFENCED, Instance A has no current lease, its updates stay off"
expect_refused A
agent A show
said "A required true known 0 next 1 epoch 0 stopped false updates false"
[[ -z $(history_of A) ]] || fail "a reign has begun: $(history_of A)"

step "until its agent makes it root: the epoch travels with the reign"
link B D
standby C A
receiver C
note_source A C active
makes_root A 41
update A 20
expect_equal A B C D
expect_knows 41 A B C D
for site in A B C D; do
  expect_history "$site" "A 1 1"
  [[ $(shown "$site" HST "Fencing Epoch") == 41 ]] || fail "history of $site: epoch $(shown "$site" HST "Fencing Epoch")"
done
agent A applied B "$(seqno A)"
agent A applied C "$(seqno A)"

step "the stop flag: no update takes a seqno, readers go on, gateways are woken"
background A "$HW_FENCE" event
within "$DEADLINE_S" "it waits" grep -q waiting A/application.out
agent A stop
said "next 21"
wait "$JOB" || fail "$(cat A/application.out)"
grep -q "no update may begin" A/application.out || fail "$(cat A/application.out)"
expect_refused A
runs A 'write ^a("A",5)'
said "5"
agent A allow
update A 5
expect_equal A B C D

step "an update that is late: made, and told; the next one is not made"
agent A deadline 0.000001
runs A 'set ^late=1'
said "%GTM-E-HWLATE, Transaction 26 of instance A was made after its lease had ended"
runs A 'set ^later=1'
said SCNDDBNOUPD
expect_seqno A 26
agent A show
said "stopped true updates true"
agent A deadline 60
expect_refused A
agent A allow
update A 5
expect_equal A B C D

step "updates end with the lease, whatever the agent does"
on A "$HW_BANK" open 20
agent A deadline 0.5
attempt A "$HW_BANK" transfer 100000000 7
said "%GTM-E-HWLATE"
stood=$(seqno A)
[[ $stood -gt 40 ]] || fail "nothing was transferred while the lease lasted: seqno $stood"
attempt A "$HW_BANK" transfer 1 7
said "SCNDDBNOUPD"
expect_refused A
expect_seqno A "$stood"
on A "$HW_BANK" sum
said "20000"
agent A deadline none
agent A allow
on A "$HW_BANK" transfer 10 7
expect_equal A B C D

step "a planned change: B becomes root in place, its source server and readers stay"
remember B source D
background B "${STATEMENTS[@]}" < <(
  echo 'write ^a("A",5),!'
  until [[ -e $FOLDER/B/root ]]; do read -rt 0.02 <> <(:) || true; done
  echo 'write ^a("B",5),!'
)
reader=$JOB
agent A stop
last=$(seqno A)
agent A applied B "$last"
agent A deadline 0
agent_is_told B 34 "%GTM-E-HWINUSE, Instance B is used by receiver server or update process" promote 42
stop_receiver B
expect_message B 80 "%GTM-W-HWFENCED" "$HW_FENCE" updates on
expect_refused B
agent_is_told B 42 "%GTM-E-HWEPOCHOLD, Instance B has epoch 40, and epoch 41 is known" promote 40
agent_is_told B 34 "%GTM-E-HWEPOCHCLASH, Instances A and B both have epoch 41" promote 41
makes_root B 42
update B 20
in_step B D
touch B/root
wait "$reader" || fail "$(cat B/application.out)"
[[ $(xargs <B/application.out) == "5 5" ]] || fail "the reader read: $(cat B/application.out)"
expect_same B source D
expect_history D "A 1 1" "B $((last + 1)) 1"
[[ $(shown D HST "Fencing Epoch") == "41 42" ]] || fail "epochs of D's history: $(shown D HST "Fencing Epoch")"
expect_knows 42 B D
expect_refused A

step "a root whose reign is over is refused by who knows the next one"
expect_knows 41 C
agent C learn 42
expect_log C receiver "%GTM-E-HWEPOCHOLD, Instance A has epoch 41, and epoch 42 is known"
expect_log A source-C "Receiver side ends the connection: Instance A has epoch 41, and epoch 42 is known"
feed B C
in_step B C D
expect_history C "A 1 1" "B $((last + 1)) 1"

step "two roots of one epoch: whoever has followed one does not follow the other"
unfeed B C
agent A promote 42
expect_log C receiver "%GTM-E-HWEPOCHCLASH, Instances B and A both have epoch 42"
allow REPLAHEAD # A finds that C is, and C ends the connection before A can ask it to roll back.
agent B stop
agent B promote 43
agent B allow
unfeed A C
feed B C
update B 5
in_step B C D
expect_knows 43 C D

step "reigns that follow each other closely: each record stands before its first transaction"
for epoch in {44..53}; do
  agent B stop
  agent B promote "$epoch"
  agent B allow
  update B 3
done
in_step B C D
for site in C D; do
  [[ $(history_of "$site") == "$(history_of B)" ]] || fail "history of $site: $(history_of "$site"); of B: $(history_of B)"
done
expect_knows 53 C D

step "the former root comes back as a secondary"
take_down A
activate B A
standby A B
receiver A
expect_equal B A C D
expect_knows 53 A
check_everything

step "fences outlive a power loss, leases do not"
update B 10
in_step B A C D
power_off B
recover_after_power_loss B
unset "CRASHED[B]"
knows B 53 || fail "B knows epoch $(shown B HDR "Fencing Epoch")"
root B
feed B D
said "%GTM-W-HWFENCED, Instance B has no current lease, its updates stay off"
expect_refused B
agent B show
said "known 53"
said "epoch 0 stopped false updates false"
makes_root B 53
feed B C
feed B A
update B 10
expect_equal B A C D

step "given back to hands: only when it is down; the next reign has the next number"
agent_is_told B 34 "%GTM-E-HWINUSE, Instance B is used by its processes" off
for site in A B C D; do take_down "$site"; done
for site in A B C D; do agent "$site" off; done
root B
link B A
update B 5
link B C
link B D
expect_equal B A C D
expect_knows 54 A B C D
