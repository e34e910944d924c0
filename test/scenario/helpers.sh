# shellcheck shell=bash
# -receiver -helpers: accepted everywhere, as scripts for GT.M have it; no helper is needed, and that is what it says.
only_headwater "GT.M has helper processes"
instance A B
root A
link A B
update A 20
expect_equal A B
receiver="mupip replicate -receiver"
remember B receiver
remember B update

step "helpers" # Shows: 3.receiver.helpers
# shellcheck disable=SC2086
{
  on B $receiver -start -helpers=4,2
  said "%GTM-I-REPLINFO, Helper processes are not needed; none is started"
  on B $receiver -checkhealth -helpers
  said "PID $(receiver_pid B) Receiver server is alive"
  on B $receiver -shutdown -helpers -timeout=0
  said "Initiating shut down of Helpers"
  expect_message B 250 "Invalid number of helpers; must be in the range [1,128]" $receiver -start -helpers=129
}
expect_same B receiver
expect_same B update

step "at the start of a receiver server" # Shows: 3.receiver.helpers
stop_receiver B
receiver B -helpers
update A 10
expect_equal A B
