# shellcheck shell=bash
# -loglevel: how much servers write in their logs, from their start on and changed while they run. Nothing of a node or a value is
# written at any level.
only_headwater "the levels are ours"
instance A B
root A
standby B A
receiver B -loglevel=trace
feed A B -loglevel=debug
source="mupip replicate -source -instsecondary=B"
receiver="mupip replicate -receiver"
# A secret in a node and one in a value.
echo 'set ^a("patient-4711")="Rosenbaum"' | quietly A "${STATEMENTS[@]}" >"$SAID" 2>&1 || fail "$(cat "$SAID")"
update A 20
expect_equal A B

step "debug: each change of state, and why" # Shows: 3.loglevel
expect_log A source-B "debug: state Connecting -> WaitStart: connected"
expect_log A source-B "-> Streaming: received "
expect_log B receiver "debug: state Listening -> WaitAnswer: connected"
expect_log B receiver "-> Streaming: received WillRestartAt"
if grep -F ' : trace: ' "$FOLDER/A/source-B.log"; then fail "trace lines at the level debug"; fi

step "trace: each message, with the time to the microsecond" # Shows: 3.loglevel
expect_log B receiver "trace: sent StartFrom, seqno 1, "
expect_log B receiver "trace: received Transactions, seqno "
expect_log B receiver.log.updproc "trace: applied seqno "
grep -Eq '^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}\.[0-9]{6} [0-9]{4} : trace: received Transactions, seqno [0-9]+ to [0-9]+, [0-9]+ bytes$' \
  "$FOLDER/B/receiver.log" || fail "no such line: $(grep trace "$FOLDER/B/receiver.log" | head -3)"

step "the level is changed while the servers run" # Shows: 3.loglevel
# shellcheck disable=SC2086
{
  on A $source -changelog -loglevel=trace
  said "Change initiated with log level trace"
  expect_log A source-B "Changing log level from debug to trace"
  on A $source -changelog -loglevel=TRACE
  said "Log level is already trace. Not initiating change in log level"
  update A 20
  expect_equal A B
  expect_log A source-B "trace: sent Transactions, seqno "
  expect_log A source-B "trace: received HeartbeatAck, seqno "
  on A mupip replicate -source -status -json
  said '"log_level": "trace"'
  expect_message A 250 "Invalid value for LOGLEVEL qualifier, must be ERROR, WARNING, INFO, DEBUG or TRACE" \
    $source -changelog -loglevel=loud
}

step "when a connection is tried again"
stop_receiver B
expect_log A source-B "debug: state Streaming -> Waiting: "
expect_log A source-B "debug: state Connecting -> Waiting: no connection: "
grep -Eq 'debug: state .* -> Waiting: .*; next try in [0-9]+ ms$' "$FOLDER/A/source-B.log" || fail "the next try is not in the log"
receiver B
expect_equal A B

step "error: what an operator must see, and no more" # Shows: 3.loglevel
# shellcheck disable=SC2086
{
  on B $receiver -changelog -loglevel=error
  expect_log B receiver "Changing log level from info to error"
  expect_log B receiver.log.updproc "Changing log level from info to error"
  # The server takes these up in this order: the line about the interval is not written.
  on B $receiver -changelog -log_interval=7
  on B $receiver -changelog -loglevel=info
  expect_log B receiver "Changing log level from error to info"
  if grep -F "Changing log interval" "$FOLDER/B/receiver.log"; then fail "a line of the level info at the level error"; fi
  on B $receiver -changelog -log_interval=8
  expect_log B receiver "Changing log interval from 7 to 8"
}

step "no node and no value is in a log"
if grep -E 'patient-4711|Rosenbaum|value [0-9]+ of A' "$FOLDER"/*/*.log "$FOLDER"/*/*.log.updproc; then
  fail "data of the databases is in a log"
fi
grep -q 'trace: ' "$FOLDER/A/source-B.log" || fail "and there was nothing to look through"
