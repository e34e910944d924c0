# shellcheck shell=bash
# kill_rounds.sh -- a load in which each kind of process is killed at random moments, and started again as an administrator would.

# load_under_kills A B FILE ROUNDS: A loads the ZWR file, B follows. Ends when all of the file is loaded, whether all rounds were
# needed or not; each kind of process must have been killed once.
load_under_kills() {
  local primary=$1 secondary=$2 file=$3 rounds=$4 round kind committed
  local next=3    # Record of the file to go on with.
  local before=0  # Seqno when this round's load began.
  local kinds=(application "$1 source $2" "$2 receiver" "$2 update" "$2 source $1")
  for ((round = 1; round <= rounds; ++round)); do
    kind=${kinds[(round - 1) % 5]}
    background "$primary" mupip load -begin=$next "$file"
    read -rt "0.0$((RANDOM % 70 + 30))" <> <(:) || true  # The moment of the blow is what varies.
    if gone "$(process "$primary" application)"; then break; fi  # The file has come to its end.
    # shellcheck disable=SC2086
    [[ $kind == application ]] || kill9 $kind
    case $kind in
      *receiver) receiver "$secondary" ;;
      *update) update_process "$secondary" ;;
      "$primary source "*) feed "$primary" "$secondary" ;;
      "$secondary source "*) standby "$secondary" "$primary" ;;
    esac
    if gone "$(process "$primary" application)"; then break; fi
    kill9 "$primary" application
    wait "$JOB"
    committed=$(seqno "$primary")
    [[ -n $committed && $committed -ge $before ]] || fail "$primary went back from $before to ${committed:-nothing} after $kind"
    # The commit in flight at the blow, never acknowledged, is finished by the next process that commits, so the figure
    # may be one short: go on one record earlier. A record loaded twice in a row leaves what it left once.
    [[ $((committed - before)) -le 1 ]] || next=$((next + committed - before - 1))
    before=$committed
    step "round $round: killed $kind, $primary stands at seqno $committed"
  done
  [[ $round -gt 5 ]] || fail "the file was loaded before each kind had been killed"
  if [[ $round -gt $rounds ]]; then
    LONGEST_COMMAND_S=600 on "$primary" mupip load -begin=$next "$file"
  else
    wait "$JOB" || fail "load: $(cat "$FOLDER/$primary/application.out")"
  fi
}

# expect_transactions A RECORDS AGAIN: the load made that many transactions, of which some AGAIN at most.
expect_transactions() {
  local made
  made=$(seqno "$1")
  [[ $made -ge $2 ]] || fail "$2 records made only $made transactions"
  [[ $made -le $(($2 + $3)) ]] || fail "$2 records made $made transactions: some came again"
}
