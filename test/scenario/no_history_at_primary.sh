# shellcheck shell=bash
# A's instance file is lost and made new: its history begins at A's seqno of that time. A secondary that is behind cannot be
# placed any more; its receiver stops, A's source server stays, and A goes on.
only_headwater "GT.M's receiver refuses the new file before it looks at history, as one of another group"
instance A B
root A
link A B
update A 100
expect_equal A B
stop_receiver B
update A 50
take_down A

step "B needs what the new file does not know" # Shows: 2.first 4.nohist.one 11.REPLINSTNOHIST
rm A/gtm.repl
on A mupip replicate -instance_create -name=A
feed A B
receiver B
expect_log A source-B "%GTM-E-REPLINSTNOHIST, "
expect_log B receiver "REPLINSTNOHIST"
expect_gone B receiver
expect_alive A source B
update A 1
expect_history A "A 151 1"
attempt B mupip replicate -receiver -shutdown -timeout=0
