# shellcheck shell=bash
# History missing at one end stops the receiver there; the source server stays and serves it once it has been put right.
instance A B
root A
link A B
update A 100
expect_equal A B
take_down A

step "at the secondary: a copy of A without -updateresync" # Shows: 5.first 2.nohist 4.nohist.one 11.REPLINSTNOHIST breaks.7 breaks.16
copy_instance A C
feed A B
feed A C
update A 50
standby C A
receiver C
expect_log C receiver "%GTM-E-REPLINSTNOHIST, "
expect_gone C receiver
expect_alive A source C
expect_equal A B
[[ -z $(history_of C) ]] || fail "C has a history: $(history_of C)"

step "with it" # Shows: 4.decided.updateresync
attempt C mupip replicate -receiver -shutdown -timeout=0
receiver C "$UPDATERESYNC"
expect_equal A C
mapfile -t held < <(held_record "A 100 1")
expect_history C "${held[@]}" "A 101 2"
