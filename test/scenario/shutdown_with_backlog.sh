# shellcheck shell=bash
# Shutdowns while much is unsent and unapplied: none takes longer than seconds, and nothing is lost by them.
# Shows: breaks.17 5.shutdown
instance A B
root A
link A B
update A 10
expect_equal A B
stop_receiver B
update A 100000
# quick COMMAND...: must end within 20 seconds.
quick() {
  local begun=$SECONDS
  "$@"
  [[ $((SECONDS - begun)) -le 20 ]] || fail "$((SECONDS - begun)) seconds for: $*"
}

step "the receiver, in the middle of the backlog"
receiver B
within "$DEADLINE_S" "B begins to catch up" past_seqno B 20
quick stop_receiver B
step "the source server, in the middle of the backlog"
receiver B
quick unfeed A B
feed A B
step "everything, in the middle of the backlog"
quick take_down B
quick take_down A
feed A B
standby B A
receiver B
expect_equal A B
