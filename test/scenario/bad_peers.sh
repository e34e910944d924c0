# shellcheck shell=bash
# Peers that do not keep to the protocol, on either side: what they do is logged, nobody ends, and as soon as the right one is there
# replication goes on by itself.
only_headwater "GT.M has another protocol"
instance A B C
root A
link A B
link A C
update A 20
expect_equal A B C
peer=$HARNESS/../programs/bad_peer.py

# in_place_of_b WHAT: from now on somebody who says WHAT listens where B did.
in_place_of_b() {
  stop_receiver B
  rm -f "$FOLDER/peer.out"
  python3 "$peer" listen "${PORT[B]}" "$1" >"$FOLDER/peer.out" 2>&1 &
  PEER=$!
  within "$DEADLINE_S" "the other listens" grep -q listens "$FOLDER/peer.out"
}
b_again() {
  kill "$PEER"
  wait "$PEER" # It has the port until then.
  receiver B
  update A 10
  expect_equal A B C
  expect_same A source B
}
remember A source B
allow HWREPLPROTO

step "a secondary that says nothing" # Shows: link.silent
unfeed A B
feed A B -connectparams=5,200,1,0,1,2
remember A source B
in_place_of_b nothing
expect_log A source-B "No message received for 2 seconds. Closing connection"
b_again

step "a secondary that stops in the middle of a frame" # Shows: link.frames
in_place_of_b truncated
before=$(grep -c "No message received for" "$FOLDER/A/source-B.log")
again() { [[ $(grep -c "No message received for" "$FOLDER/A/source-B.log") -gt $before ]]; }
within "$DEADLINE_S" "A gives the half frame up" again
b_again

step "a secondary that hangs up in the middle of a frame" # Shows: link.frames
in_place_of_b cut
expect_log A source-B "Connection reset while attempting to receive from secondary"
b_again

step "a secondary from the future" # Shows: 10.version link.frames
in_place_of_b future
expect_log A source-B "%GTM-E-HWREPLPROTO"
expect_log A source-B "is of an unknown protocol level"
b_again

step "a secondary whose bytes are damaged; another server altogether" # Shows: link.frames
for what in damaged http; do
  before=$(grep -c "HWREPLPROTO" "$FOLDER/A/source-B.log")
  again() { [[ $(grep -c "HWREPLPROTO" "$FOLDER/A/source-B.log") -gt $before ]]; }
  in_place_of_b "$what"
  within "$DEADLINE_S" "A refuses: $what" again
  b_again
done

step "the same on a receiver's port" # Shows: link.frames 10.version
remember B receiver
unfeed A B
for what in cut future damaged http; do
  timeout 60 python3 "$peer" connect "${PORT[B]}" "$what" || fail "B holds the connection of: $what"
done
expect_log B receiver "%GTM-E-HWREPLPROTO"
feed A B
update A 10
expect_equal A B C
expect_same B receiver

step "one that holds a receiver's port and says nothing: it has the port for a minute at most" # Shows: link.silent
unfeed A B
before=$(grep -c "Connection established" "$FOLDER/B/receiver.log")
again() { [[ $(grep -c "Connection established" "$FOLDER/B/receiver.log") -gt $before ]]; }
python3 "$peer" connect "${PORT[B]}" nothing &
within "$DEADLINE_S" "it has the port" again
feed A B
update A 10
DEADLINE_S=90 expect_log B receiver "Connection reset. The other side says nothing"
expect_equal A B C
expect_same B receiver
