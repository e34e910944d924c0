# shellcheck shell=bash
# gbl apply-lost is broken off, waits, comes from another place, loses power: each transaction is applied once, nothing that somebody
# else has changed is overwritten, and what it says it has done stays done.
only_headwater "gbl apply-lost has no counterpart"
instance A B
root A
link A B
update A 100
on A gbl set '^k(0)' 0
expect_equal A B
allow REPLAHEAD # Said of A, while it asks how far to roll back.

step "A dies with transactions that B has not got"
freeze A source B
update A 20
quietly A gbl run - <<<'tstart ():serial kill ^k set ^xz=1 tcommit' || fail "the transaction"
update A 500
crash A
promote B A

step "updates of B, one in a process space of its own, as in a container"
on B gbl set '^a("A",104)' "of B"
attempt B unshare --pid --fork --mount-proc bash -c 'gbl set "^a(\"A\",106)" "of B"; true'
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/lost.glo" '*'
standby A B
receiver A
expect_equal B A

step "it waits for a region that is frozen; meanwhile a user sets a node below one that it kills" # Shows: 7.apply
on B mupip freeze -on XREG
waits() { ls -l "/proc/$1/fd" | grep -qF lost.glo && grep -q futex "/proc/$1/wchan"; }
background B env HW_FAIL=CommitDecidedNotApplied:kill:200 gbl apply-lost "$FOLDER/lost.glo" </dev/null
job=$JOB
within "$DEADLINE_S" "it waits" waits "$(cat "$FOLDER/B/application.pid")"
on B gbl set '^k("new")' "of B"
on B mupip freeze -off XREG

step "it dies in the middle of a commit"
wait "$job"
[[ ! -s $FOLDER/B/application.out ]] || grep -q Killed "$FOLDER/B/application.out" || fail "$(cat "$FOLDER/B/application.out")"
on B gbl get '^x("A",101)' # Whoever comes next finishes that commit.
[[ $(seqno B) -eq $((103 + 1 + 200)) ]] || fail "it was at seqno $(seqno B) when it died"

step "and is given again, from a process space of its own: what it has applied is not in conflict" # Shows: 7.apply
on B unshare --pid --fork --mount-proc gbl apply-lost "$FOLDER/lost.glo"
said "518 transactions of A applied, 3 in conflict"
said "200 of these had been applied before"

step "B loses power as soon as it has said so" # Shows: 7.apply
lose_power B
unset "CRASHED[B]"
recover_after_power_loss B
feed B A
[[ $(seqno B) -eq $((103 + 1 + 518)) ]] || fail "seqno $(seqno B): something was applied twice, or not at all, or was lost ($LOSSES)"
for node in '^a("A",104)' '^a("A",106)' '^k("new")'; do
  on B gbl get "$node"
  said "of B"
done
cut -d: -f2 <(grep '^;' "$FOLDER/lost.glo.conflicts") | sort >"$FOLDER/why"
printf '%s\n' ' ^a("A",104) was changed here after the sites parted' ' ^a("A",106) was changed here after the sites parted' \
  ' ^k was changed here after the sites parted' | diff - "$FOLDER/why" || fail "the reasons"
expect_equal B A
