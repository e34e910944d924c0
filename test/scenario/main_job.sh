#!/usr/bin/env bash
# The main job: data loaded on A reaches B over a compressed link; B refuses updates; journals switch on the way; B falls
# behind while its receiver is down and catches up from journal files. In the end both are equal.
. "$(dirname "$0")/lib.sh"
start_both -cmplvl=3 -buffsize=1048576
generate 60000

instance A
mupip load data.zwr >load.out 2>&1 || { cat load.out; fail "load"; }
expect_equal_sites

instance B
gbl set '^a(1)' no >refused.out 2>&1 && fail "an update on the secondary was accepted"
grep -q 'GTM-E-SCNDDBNOUPD' refused.out || fail "expected SCNDDBNOUPD: $(cat refused.out)"

mupip replicate -receiver -shutdown -timeout=0 >stop.out 2>&1 || { cat stop.out; fail "receiver shutdown"; }
instance A
mupip load data.zwr >load.out 2>&1 || fail "second load"   # More than the 1 MiB ring holds.
mupip set -journal=on,before -region '*' >switch.out 2>&1 || { cat switch.out; fail "journal switch"; }
gbl kill '^a(1)' || fail "kill"
gbl kill '^dd' || fail "kill of a global"
until_true 20 "receiver starts again" start_receiver_on_B
expect_equal_sites
grep -q 'journal files' A/source.log || fail "the source server never read journal files"
pass "main job"
