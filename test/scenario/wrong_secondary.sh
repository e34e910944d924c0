# shellcheck shell=bash
# A source server that was given the port of another instance ends itself; that instance's own link and the root go on.
instance A B C
root A
link A B
link A C
update A 100
expect_equal A B C

step "the port of B for a secondary called C" # Shows: 3.sec.match 11.REPLINSTSECMTCH 4.names
unfeed A B
unfeed A C
PORT_OF_C=$(port C)
PORT[C]=$(port B)
feed A C
expect_log A source-C "%GTM-E-REPLINSTSECMTCH, Secondary replication instance name B sent by receiver does not match C specified at source server startup"
expect_gone A source C
expect_alive B receiver

step "set right"
PORT[C]=$PORT_OF_C
forget_servers A
feed A C
feed A B
update A 100
expect_equal A B C
