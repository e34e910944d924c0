# shellcheck shell=bash
# Two sites claim one name. An instance has one slot, and so one source server, for a name: whoever of the two it is told to feed
# gets exactly what it lacks, and the other one, when it comes back, too. An instance has one receiver, which serves one feeder
# at a time.
instance A B C D
root A

step "C is made with B's name" # Shows: 4.names
on C rm gtm.repl
on C mupip replicate -instance_create -name=B
link A B
update A 100
expect_equal A B
standby C A
receiver C

step "A has a source server for the name: a second one is refused" # Shows: 3.start.exists
remember A source B
expect_message A 194 "%GTM-E-SRCSRVEXISTS, Source server for secondary instance B is already running" \
  mupip replicate -source -start -secondary=127.0.0.1:"$(port C)" -instsecondary=B -log="$FOLDER/A/other.log" \
  -buffsize="$POOL_BYTES" -rootprimary
expect_same A source B
update A 20
expect_equal A B
[[ -z $(extract C) ]] || fail "C was given data"

step "A is told to feed C under that name: C gets all, B stays as it is"
unfeed A B
port_of_b=$(port B)
PORT[B]=$(port C)
feed A B
update A 50
expect_equal A C
expect_seqno B 120

step "B again, then both in turn: no update missing, none twice"
for turn in 1 2; do
  unfeed A B
  PORT[B]=$port_of_b
  feed A B
  update A 30
  expect_equal A B
  unfeed A B
  PORT[B]=$(port C)
  feed A B
  update A 30
  expect_equal A C
done
unfeed A B
PORT[B]=$port_of_b
feed A B
expect_equal A B
expect_equal A C

step "two receivers on one instance" # Shows: 3.receiver.updateonly
remember B receiver
expect_message B 250 "%GTM-I-TEXT, Receiver Server already exists" \
  mupip replicate -receiver -start -listenport="$(port B)" -log="$FOLDER/B/second.log"
expect_same B receiver

step "two feeders of one receiver: the first one has it, the second one when the first has gone"
link A D
update A 10
expect_equal A D
unfeed A B
remember B receiver
feed D B
update A 10
expect_equal A D B
accepted=$(grep -c "Connection established" "$FOLDER/B/receiver.log")
feed A B
update A 10
expect_equal A D B
[[ $(grep -c "Connection established" "$FOLDER/B/receiver.log") -eq $accepted ]] || fail "B has left the feeder it had"
unfeed D B
again() { [[ $(grep -c "Connection established" "$FOLDER/B/receiver.log") -gt $accepted ]]; }
within "$DEADLINE_S" "B's receiver serves A" again
update A 10
expect_equal A B D
expect_same B receiver
