# shellcheck shell=bash
# A transaction that is bigger than B's receive pool: B's receiver says so and ends; A, its source server and C go on. With a
# bigger pool B gets it, too.
only_headwater "GT.M's receive pool grows a message at a time"
POOL_OF[A]=33554432
instance A B C
root A
link A B
standby C A
receiver C -buffsize=33554432
feed A C
update A 10
expect_equal A B C

step "3 MB in one transaction" # Shows: breaks.27
awk 'BEGIN { v = sprintf("%3000s", ""); gsub(/ /, "v", v); print "tstart ():(serial:transaction=\"BATCH\")"
  for (i = 1; i <= 1000; i++) printf "set ^a(\"big\",%d)=\"%s\"\n", i, v; print "tcommit" }' |
  quietly A "${STATEMENTS[@]}" >"$SAID" 2>&1 || fail "the transaction itself: $(cat "$SAID")"
expect_log B receiver "%GTM-E-HWRECVPOOLSMALL"
expect_gone B receiver
expect_alive A source B
update A 10
expect_equal A C

step "a bigger pool"
attempt B mupip replicate -receiver -shutdown -timeout=0
receiver B -buffsize=33554432
expect_equal A B
