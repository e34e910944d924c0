# shellcheck shell=bash
# All processes of an instance are killed and its shared memory stays, attached to by nobody. mupip rundown closes the databases
# and removes both pools, and as nothing is lost no rollback is needed; without a rundown the next servers go on in the pools
# they find. A pool that somebody else has removed takes a rollback.
only_headwater "GT.M's databases have shared memory of their own, and its rundown leaves the rollback to the operator"
instance A B
root A
link A B
update A 60
expect_equal A B

kill_all() {
  SEGMENTS=
  kill_all_of "$1"
  forget_servers "$1"
}
# segments: how many there are; only this scenario's where it has a space of its own.
segments() { ipcs -m | grep -c '^0x'; }

step "rundown -region" # Shows: 5.orphaned
kill_all B
own_space && [[ $(segments) -ne 3 ]] && fail "expected A's pool and both of B's: $(ipcs -m)"
on B mupip rundown -region '*'
said "%GTM-I-MUJPOOLRNDWNSUC, Jnlpool section (id = "
said "successfully rundown"
own_space && [[ $(segments) -ne 1 ]] && fail "left behind: $(ipcs -m)"
on B mupip replicate -editinstance -show "$FOLDER/B/gtm.repl"
said "HDR Crash                                            FALSE"
said "HDR Journal Sequence Number                             61 [0x000000000000003D]"
standby B A
receiver B
update A 20
expect_equal A B

step "rundown -file closes one database; the other, and the pools, stay for the whole" # Shows: 5.orphaned
kill_all B
attempt B mupip rundown -file "$FOLDER/B/gtm.dat"
attempt B mupip rundown -region '*'
[[ $STATUS -eq 0 ]] || fail "status $STATUS: $(cat "$SAID")"
own_space && [[ $(segments) -ne 1 ]] && fail "left behind: $(ipcs -m)"
standby B A
receiver B
update A 20
expect_equal A B

step "no rundown at all" # Shows: 5.orphaned
kill_all B
standby B A
receiver B
update A 20
expect_equal A B

step "the root, too" # Shows: 5.orphaned
kill_all A
on A mupip rundown -region '*'
feed A B
update A 20
expect_equal A B
expect_history A "A 1 1" "A 121 2"

step "a pool that somebody has removed" # Shows: 5.orphaned 11.REPLREQROLLBACK
kill_all A
remove_noted_segments
own_space && [[ $(segments) -ne 2 ]] && fail "expected B's pools: $(ipcs -m)"
expect_message A 170 "%GTM-E-REPLREQROLLBACK" mupip replicate -source -start -passive -instsecondary=X \
  -log="$FOLDER/A/source-X.log" -rootprimary
on A mupip journal -rollback -backward '*'
feed A B
update A 20
expect_equal A B
