# shellcheck shell=bash
# -shutdown -zerobacklog: waits until the secondary has everything, or until the time is over; then as any shutdown.
instance A B
root A
link A B
update A 50
expect_equal A B

step "everything has arrived" # Shows: 3.zerobacklog
on A mupip replicate -source -shutdown -zerobacklog -timeout=60
said "Initiating ZEROBACKLOG shutdown operation. Waiting for up to 60 second(s) for backlog to clear"
said "%GTM-S-REPL0BACKLOG, Total backlog for the specified replicating instance(s) is 0"
said "Journal pool shared memory removed"
forget_servers A

step "the secondary is away" # Shows: 3.zerobacklog
stop_receiver B
feed A B
update A 10
on A mupip replicate -source -shutdown -zerobacklog -timeout=1
said "%GTM-W-REPLNORESP, No sequence number confirmation from the replicating instance [B] after waiting for [1] second(s)"
said "%GTM-E-REPLBACKLOG, Timeout occurred while there was a backlog"
said "Journal pool shared memory removed"
forget_servers A
feed A B
receiver B
expect_equal A B

step "a live load, then the last of it" # Shows: 3.zerobacklog
application A
past=$(($(seqno A) + 200))
within "$DEADLINE_S" "A commits" past_seqno A $past
stop_application A
posted=$(seqno A)
on A mupip replicate -source -shutdown -zerobacklog -timeout=60
said "%GTM-S-REPL0BACKLOG"
forget_servers A
[[ $(seqno B) == "$posted" ]] || fail "B has $(seqno B) of $posted"
