# shellcheck shell=bash
# SIGSTOP of each kind of server: the application on A and the other secondary go on; when it runs again, so does all.
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C
# Shows: 5.stop
for kind in "B receiver" "B update" "A source B"; do
  step "$kind stands still"
  # shellcheck disable=SC2086
  freeze $kind
  application A
  update_seqno=$(seqno A)
  within "$DEADLINE_S" "A commits" past_seqno A "$update_seqno"
  stop_application A
  expect_equal A C
  thaw
  expect_equal A B
done
